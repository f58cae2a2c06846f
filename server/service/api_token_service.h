#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/secret_bytes.h"
#include "server/service/api_caller.h"

namespace bramley {

// What every API token begins with, so that people and scanners for lost secrets know one; then
// come 32 random bytes in URL-safe base64.
inline constexpr std::string_view api_token_prefix = "brm_";
bool looks_like_api_token(std::string_view secret);

struct ApiTokenTerms {
  std::string name;
  ApiRole role = ApiRole::reader;
  std::vector<std::string> request_types = {};
  std::optional<std::chrono::seconds> ttl = {};  // none: 90 days, or as long as its maker's
};

struct NewApiToken {
  ApiToken token;
  SecretBytes secret;  // the only copy there is
};

// malformed: no name; request types for another role than operator, or none that could be one.
// forbidden: more than its maker has: a higher role, other types, or a longer life.
Status check_api_token_terms(const ApiTokenTerms& terms, const ApiCaller& maker, Timestamp now);

// API tokens are made and taken back; each leaves a line in the log.
class ApiTokenService {
 public:
  ApiTokenService(TokenStore& store, const Clock& clock, Random& random, Log& log)
      : store_(store), clock_(clock), random_(random), log_(log) {}

  // As check_api_token_terms says.
  Result<NewApiToken> make(const ApiTokenTerms& terms, const ApiCaller& maker);
  // The token as it is then. One that is revoked stays so. not_found: no such token.
  Result<ApiToken> revoke(std::string_view id, const ApiCaller& by);

 private:
  TokenStore& store_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
};

}  // namespace bramley
