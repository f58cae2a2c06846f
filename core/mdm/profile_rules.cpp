#include "core/mdm/profile_rules.h"

#include <algorithm>
#include <string>

namespace bramley {
namespace {

constexpr std::size_t most_shown = 128;

Error malformed(std::string message, std::string hint = {}) {
  return Error{ErrorCode::malformed, std::move(message), std::move(hint)};
}

std::string shown(std::string_view url) {
  return std::string(url.substr(0, most_shown));
}

bool is_loopback(std::string_view authority) {
  for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]"}) {
    if (authority == host || (authority.starts_with(host) && authority[host.size()] == ':')) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<UrlParts> split_url(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos || url.find_first_of(" \t\r\n\"<>\\#") != url.npos) {
    return malformed("not a URL: " + shown(url));
  }
  const std::string_view after = url.substr(colon + 3);
  const std::size_t slash = std::min(after.find_first_of("/?"), after.size());
  const UrlParts parts{url.substr(0, colon), after.substr(0, slash), after.substr(slash)};
  if (parts.authority.empty() || parts.authority.find('@') != std::string_view::npos) {
    return malformed("not a URL with a host: " + shown(url));
  }
  return parts;
}

Status check_secure_url(std::string_view url) {
  TRY_ASSIGN(const auto parts, split_url(url));
  if (parts.scheme == "https" || (parts.scheme == "http" && is_loopback(parts.authority))) {
    return {};
  }
  return malformed("not https: " + shown(url),
                   "devices refuse to be managed over plain http; put TLS in front");
}

Status check_scep_url(std::string_view url) {
  TRY_ASSIGN(const auto parts, split_url(url));
  if (parts.scheme != "https" && parts.scheme != "http") {
    return malformed("neither https nor http: " + shown(url));
  }
  if (parts.path.find('?') != std::string_view::npos) {
    return malformed("a query in " + shown(url),
                     "devices append ?operation= to it as it is: leave the query out");
  }
  return {};
}

Status check_access_rights(std::int64_t rights) {
  if (rights < 1 || rights > all_access_rights) {
    return malformed(std::to_string(rights), "a number from 1 to 8191 (all)");
  }
  const auto has = [rights](std::int64_t right) { return (rights & right) != 0; };
  if (has(2) && !has(1)) {
    return malformed("2 (install profiles) without 1 (inspect them)", "add 1");
  }
  if (has(128) && !has(64)) {
    return malformed("128 (erase) without 64 (lock)", "add 64");
  }
  return {};
}

}  // namespace bramley
