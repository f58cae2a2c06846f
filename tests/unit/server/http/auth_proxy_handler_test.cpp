#include "server/http/auth_proxy_handler.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(AuthProxyPath, StaysBelowTheTarget) {
  for (const char* good : {"/authproxy/", "/authproxy/a/b.pkg", "/authproxy/a%20b",
                           "/authproxy/a..b", "/authproxy/...", "/authproxy/%C3%A4",
                           "/authproxy//a", "/authproxy/a+b", "/authproxy/100%25"}) {
    const auto path = auth_proxy_path(good);
    ASSERT_TRUE(path) << good;
    EXPECT_EQ("/authproxy" + *path, good);
  }
  EXPECT_EQ(*auth_proxy_path("/authproxy"), "");
}

TEST(AuthProxyPath, LeadsNowhereElse) {
  for (const char* bad : {"/authproxy/..",           "/authproxy/../x",
                          "/authproxy/a/../../x",    "/authproxy/.",
                          "/authproxy/./x",          "/authproxy/%2e%2e/x",
                          "/authproxy/%2E%2e/x",     "/authproxy/.%2e/x",
                          "/authproxy/%252e%252e/x", "/authproxy/%25252e%25252e/x",
                          "/authproxy/a%2fb",        "/authproxy/a%2Fb",
                          "/authproxy/a%252fb",      "/authproxy/a\\b",
                          "/authproxy/..\\x",        "/authproxy/a%5cb",
                          "/authproxy/..;a=b/x",     "/authproxy/%2e%2e;x/y",
                          "/authproxy/a%00b",        "/authproxy/a%0d%0ab",
                          "/authproxy/%zz",          "/authproxy/%2525252525252e"}) {
    EXPECT_FALSE(auth_proxy_path(bad)) << bad;
  }
}

}  // namespace
}  // namespace bramley
