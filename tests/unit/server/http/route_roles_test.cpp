#include "server/http/route_roles.h"

#include "tests/support/api_fixture.h"

namespace bramley {
namespace {

using RouteRoles = ApiFixture;

// Whoever adds a route says who may use it.
TEST_F(RouteRoles, EveryRouteHasOne) {
  std::size_t routes = 0;
  for (const Router* router : api_->admin_routers()) {
    for (const Router::Route& route : router->routes()) {
      ++routes;
      EXPECT_TRUE(least_role(route.method, route.pattern)) << route.method << " " << route.pattern;
    }
  }
  EXPECT_GT(routes, 40U);
}

TEST_F(RouteRoles, ARouteThatHasNoneIsAnAdmins) {
  const Router::Route route{"POST", "/api/v1/forgotten", 0, nullptr, {}};
  EXPECT_TRUE(check_role(route, {}));
  const auto refused = check_role(route, {.role = ApiRole::operator_role});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
  EXPECT_EQ(refused.error().message, "POST /api/v1/forgotten needs the role admin");
}

TEST_F(RouteRoles, NothingThatChangesSomethingIsAReaders) {
  for (const Router* router : api_->admin_routers()) {
    for (const Router::Route& route : router->routes()) {
      // A question whose words do not fit a URL.
      const bool only_asks = route.pattern == "/api/v1/selections";
      if (route.method != "GET" && !only_asks) {
        EXPECT_GT(least_role(route.method, route.pattern), ApiRole::reader) << route.pattern;
      }
    }
  }
}

}  // namespace
}  // namespace bramley
