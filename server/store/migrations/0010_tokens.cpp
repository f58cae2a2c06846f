#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    // `request_types`: their names, a space between them; empty: all. `created_by_…`: the token
    // that made it; empty: none did.
    R"(CREATE TABLE api_tokens (
      token_key {key},
      id {name} NOT NULL UNIQUE,
      fingerprint {name} NOT NULL UNIQUE,
      name {text} NOT NULL,
      role {number} NOT NULL,
      request_types {text} NOT NULL,
      created_at {number} NOT NULL,
      created_by_id {text} NOT NULL,
      created_by_name {text} NOT NULL,
      expires_at {number} NOT NULL,
      last_used_at {number},
      revoked_at {number}))",
    // The token that a command came with; NULL: none, or nobody knows any more.
    "ALTER TABLE commands ADD COLUMN created_by_id {text}",
    "ALTER TABLE commands ADD COLUMN created_by_name {text}",
};

}  // namespace

const std::span<const std::string_view> migration_0010 = statements;

}  // namespace bramley
