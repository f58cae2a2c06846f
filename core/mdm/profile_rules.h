#pragma once

// Private to core/mdm: what Apple asks of an enrollment profile, for those that make one and for
// those that judge one.

#include <cstdint>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

inline constexpr std::string_view push_topic_prefix = "com.apple.mgmt.";
inline constexpr std::int64_t all_access_rights = 8191;

struct UrlParts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;  // and whatever follows it
};
// malformed: no URL with a host, a user name in it, or a fragment. The parts are borrowed.
Result<UrlParts> split_url(std::string_view url);

// https, or http on loopback: devices take nothing but https for MDM, and http is for tests on one
// machine. malformed with a hint otherwise.
Status check_secure_url(std::string_view url);

// http or https, and no query: devices append "?operation=" whatever it holds.
Status check_scep_url(std::string_view url);

// Apple, "MDM" payload: never 0, 8191 is every right there is; 2 needs 1, 128 needs 64. malformed
// with a hint otherwise.
Status check_access_rights(std::int64_t rights);

}  // namespace bramley
