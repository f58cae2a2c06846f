#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    // Apart from what was issued: a certificate of another authority may be revoked too. The reason
    // is RFC 5280's number.
    R"(CREATE TABLE revocations (
      fingerprint {name} PRIMARY KEY,
      revoked_at {number} NOT NULL,
      reason {number} NOT NULL) {clustered})",
};

}  // namespace

const std::span<const std::string_view> migration_0003 = statements;

}  // namespace bramley
