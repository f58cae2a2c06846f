#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// HTTP Digest access authentication (RFC 7616 with MD5, and RFC 2069's form without qop): the
// scheme of Apple's UserAuthenticate, where challenge and response travel in plists.

// Whom we know: name to HA1, MD5(name:realm:password) as 32 lower-case hex digits.
struct DigestUsers {
  std::string realm;
  std::map<std::string, std::string, std::less<>> hashes;
};

// Lines `name:realm:HA1`, as htdigest(1) writes them; empty ones and those that begin with '#' are
// left out. malformed: another line (its number is named, never its content), a name twice, more
// than one realm, no user at all.
Result<DigestUsers> parse_digest_users(std::string_view text);

// `Digest realm="…", nonce="…", qop="auth", algorithm=MD5`
std::string digest_challenge(std::string_view realm, std::string_view nonce);

// Who answered the challenge with that nonce. malformed: no such answer. unauthenticated: an
// unknown user, another nonce or realm, a wrong password: the message does not say which.
Result<std::string> verify_digest_response(std::string_view response, std::string_view nonce,
                                           const DigestUsers& users);

}  // namespace bramley
