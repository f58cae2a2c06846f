#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/net/http_message.h"
#include "server/service/api_caller.h"

namespace bramley {

// What the braces of a pattern caught, percent-decoded.
class PathCaptures {
 public:
  // The pattern has that name: asking for another one is a bug.
  [[nodiscard]] const std::string& get(std::string_view name) const;
  void add(std::string_view name, std::string value) {
    values_.emplace_back(name, std::move(value));
  }

 private:
  std::vector<std::pair<std::string_view, std::string>> values_;
};

// A request as an action sees it.
struct RoutedRequest {
  const HttpRequest& http;
  const PathCaptures& path;
  std::string_view trace_id;
  // Who asks; where everybody may, nobody with a leave to do anything.
  const ApiCaller& caller;
};

// From a method and a path to what answers it. Patterns are compared segment by segment:
//   /api/v1/enrollments/{id}/queue     {id}: one segment, decoded after the split, so %2F is inside
//   /v1/enqueue/{ids...}               everything that follows, slashes and all; may be empty
// Nothing is cleaned: `//`, `.` and a slash at the end are part of a path like any other byte.
class Router {
 public:
  // The query parameters that a route knows; they live as long as the router.
  using QueryNames = std::vector<std::string_view>;
  using Action = std::function<Result<HttpResponse>(const RoutedRequest&)>;
  struct Route {
    std::string method;  // "GET" answers HEAD too; "*" is any
    std::string pattern;
    std::uint64_t body_limit;
    Action action;
    QueryNames query;
  };
  struct Match {
    const Route* route;
    PathCaptures path;
  };
  // No route has the path, or it is not even well encoded.
  struct NoPath {};
  // The path exists, the method does not; `allow` is the header's value (RFC 9110 §10.2.1).
  struct NoMethod {
    std::string allow;
  };
  using Found = std::variant<Match, NoMethod, NoPath>;

  void add(std::string method, std::string pattern, std::uint64_t body_limit, Action action,
           QueryNames query = {}) {
    routes_.push_back(
        {std::move(method), std::move(pattern), body_limit, std::move(action), std::move(query)});
  }
  // To a member function of `object`, which must outlive the router.
  template <class T>
  void add(std::string method, std::string pattern, std::uint64_t body_limit, T& object,
           Result<HttpResponse> (T::*action)(const RoutedRequest&), QueryNames query = {}) {
    add(
        std::move(method), std::move(pattern), body_limit,
        [&object, action](const RoutedRequest& request) { return (object.*action)(request); },
        std::move(query));
  }

  [[nodiscard]] Found find(std::string_view method, std::string_view raw_path) const;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  // First match wins; there are few routes and their first segments differ early.
  std::vector<Route> routes_;
};

}  // namespace bramley
