#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    "ALTER TABLE enrollments ADD COLUMN dismissal {number} NOT NULL DEFAULT 0",
    // What users were asked last. The token that a right answer earns is among the secrets.
    R"(CREATE TABLE user_challenges (
      enrollment_key {number} PRIMARY KEY,
      nonce {text} NOT NULL,
      expires_at {number} NOT NULL) {clustered})",
};

}  // namespace

const std::span<const std::string_view> migration_0006 = statements;

}  // namespace bramley
