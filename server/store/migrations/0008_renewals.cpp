#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    // When the identity of a device ends, and from when on its renewal may begin; NULL: not known,
    // or nobody is to look.
    "ALTER TABLE enrollments ADD COLUMN identity_not_after {number}",
    "ALTER TABLE enrollments ADD COLUMN renewal_due {number}",
    R"(UPDATE enrollments SET identity_not_after = (SELECT i.not_after FROM issued_certificates i
      WHERE i.fingerprint = enrollments.certificate) WHERE certificate IS NOT NULL)",
    R"(UPDATE enrollments SET renewal_due = identity_not_after - (enrollment_key * 7919) % 86401
      WHERE state = 1 AND id = device_id)",
    "CREATE INDEX enrollments_by_renewal ON enrollments (renewal_due, enrollment_key)",
    // Until when it may enroll once more with another key, and which certificate took that up.
    "ALTER TABLE enrollments ADD COLUMN approved_until {number} NOT NULL DEFAULT 0",
    "ALTER TABLE enrollments ADD COLUMN approved_for {text}",
    // The order of those that were issued to renew the identity of the present enrollment: the
    // key of the issued certificate; 0: none of them.
    "ALTER TABLE bindings ADD COLUMN renewal {number} NOT NULL DEFAULT 0",
    // The enrollment whose renewal it is for; 0: none.
    "ALTER TABLE challenges ADD COLUMN renewal_of {number} NOT NULL DEFAULT 0",
    R"(CREATE TABLE renewals (
      enrollment_key {key},
      version {number} NOT NULL,
      state {number} NOT NULL,
      origin {number} NOT NULL,
      begun_at {number} NOT NULL,
      attempts {number} NOT NULL,
      command_uuid {text} NOT NULL,
      challenge {text} NOT NULL,
      old_certificate {text} NOT NULL,
      new_certificate {text} NOT NULL,
      delivered_at {number},
      acknowledged_at {number},
      used_at {number},
      failed_at {number},
      error {text} NOT NULL,
      next_at {number}))",
    // For servers that take up what another one revoked.
    "CREATE INDEX revocations_by_time ON revocations (revoked_at)",
    "CREATE INDEX renewals_by_time ON renewals (next_at, enrollment_key)",
    "CREATE INDEX renewals_by_state ON renewals (state, enrollment_key)",
};

}  // namespace

const std::span<const std::string_view> migration_0008 = statements;

}  // namespace bramley
