#include "server/endpoint_address.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(EndpointAddress, UnderstandsWhatPeopleWrite) {
  struct Case {
    const char* text;
    const char* address;
    int port;
    bool loopback;
  };
  for (const Case& expected :
       {Case{"127.0.0.1:8443", "127.0.0.1", 8443, true}, Case{"localhost:0", "127.0.0.1", 0, true},
        Case{"[::1]:1", "::1", 1, true}, Case{":443", "0.0.0.0", 443, false},
        Case{"[::]:443", "::", 443, false}, Case{"192.0.2.1:65535", "192.0.2.1", 65535, false}}) {
    const auto parsed = EndpointAddress::parse(expected.text);
    ASSERT_TRUE(parsed) << expected.text;
    EXPECT_EQ(parsed->address, expected.address);
    EXPECT_EQ(parsed->port, expected.port);
    EXPECT_EQ(parsed->is_loopback(), expected.loopback);
  }
}

TEST(EndpointAddress, RefusesTheRest) {
  for (const char* text : {"", "8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                           "::1:80", "a:80x"}) {
    EXPECT_FALSE(EndpointAddress::parse(text)) << text;
  }
}

}  // namespace
}  // namespace bramley
