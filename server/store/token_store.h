#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/crypto/digest.h"
#include "server/store/page.h"

namespace bramley {

// What somebody may do with the administrators' API; each role may what those before it may.
enum class ApiRole { reader = 1, operator_role = 2, admin = 3 };
std::string_view api_role_name(ApiRole role);  // "reader", "operator", "admin"
// malformed: none of them.
Result<ApiRole> parse_api_role(std::string_view name);

// Which token did something. Both empty: none, but the API key or the server itself.
struct TokenName {
  std::string id = {};
  std::string name = {};

  bool operator==(const TokenName&) const = default;
};

// What lets programs in beside the one API key. Only the SHA-256 of its secret is ever stored.
struct ApiToken {
  TokenName name = {};
  ApiRole role = ApiRole::reader;
  // The request types that it may queue and cancel, without repeats; empty: all that its role may.
  std::vector<std::string> request_types = {};
  Timestamp created_at = {};
  TokenName created_by = {};
  Timestamp expires_at = {};
  // Kept in memory and written every few seconds: a crash loses the last ones.
  std::optional<Timestamp> last_used_at = {};
  std::optional<Timestamp> revoked_at = {};

  [[nodiscard]] bool is_good_at(Timestamp now) const { return !revoked_at && now < expires_at; }
};

class TokenStore {
 public:
  virtual ~TokenStore() = default;

  // conflict: its id or its secret is there already.
  virtual Status add(const Fingerprint& secret, const ApiToken& token) = 0;
  // Good, expired or revoked; none: no token has that secret. Nothing is remembered: what another
  // server has revoked is so here with its commit. Fast, every request of a token asks.
  virtual Result<std::optional<ApiToken>> find(const Fingerprint& secret) const = 0;
  virtual Result<std::optional<ApiToken>> show(std::string_view id) const = 0;
  // Newest first, with those that are over.
  virtual Result<Page<ApiToken>> list(const PageRequest& page) const = 0;
  // From its commit on the token lets nobody in. One that is revoked stays as it is. not_found: no
  // such token.
  virtual Status revoke(std::string_view id, Timestamp now) = 0;
  // Never waits for the database.
  virtual void note_used(const std::string& id, Timestamp now) = 0;
};

}  // namespace bramley
