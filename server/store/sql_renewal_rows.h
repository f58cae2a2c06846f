#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/store/renewal_steps.h"
#include "server/store/sql_values.h"
#include "server/store/sql_writer.h"

namespace bramley {

// What enrollments and certificates do to renewals in transactions of their own. Private to the
// folder.

inline constexpr std::string_view renewal_columns =
    "SELECT e.enrollment_key, e.id, e.identity_not_after, r.version, r.state, r.origin, "
    "r.begun_at, r.attempts, r.command_uuid, r.challenge, r.old_certificate, r.new_certificate, "
    "r.delivered_at, r.acknowledged_at, r.used_at, r.failed_at, r.error, r.next_at "
    "FROM renewals r JOIN enrollments e ON e.enrollment_key = r.enrollment_key ";
using RenewalColumns =
    SqlTypes<SqlNumber, SqlText, std::optional<SqlNumber>, SqlNumber, SqlNumber, SqlNumber,
             SqlNumber, SqlNumber, SqlText, SqlText, SqlText, SqlText, std::optional<SqlNumber>,
             std::optional<SqlNumber>, std::optional<SqlNumber>, std::optional<SqlNumber>, SqlText,
             std::optional<SqlNumber>>;
struct NumberedRenewal {
  SqlNumber key;  // of the enrollment
  RenewalRow row;
};
NumberedRenewal renewal_of(RenewalColumns columns);

std::optional<RenewalRow> find_renewal(WriteTransaction& transaction, SqlNumber enrollment_key);
// In place of the one before. Whoever clears `challenge` has voided it with void_challenge.
void put_renewal(WriteTransaction& transaction, SqlNumber enrollment_key, const RenewalRow& row);
void void_challenge(WriteTransaction& transaction, const std::string& challenge);

// A device's enrollment as far as its identity goes.
struct IdentityRow {
  SqlNumber key;
  EnrollmentState state;
  std::optional<Fingerprint> certificate;
  std::optional<SqlNumber> not_after;
  SqlNumber order;  // of its binding
};
std::optional<IdentityRow> find_identity(WriteTransaction& transaction,
                                         const std::string& device_id);

// Whether an Authenticate with this certificate goes on with the present enrollment.
bool renews(WriteTransaction& transaction, const IdentityRow& identity,
            const Fingerprint& certificate);
// Makes it the identity of the enrollment.
void adopt_identity(WriteTransaction& transaction, const IdentityRow& identity,
                    const Fingerprint& certificate, Timestamp not_after, Timestamp now);
// The enrollment ends, or begins afresh: no certificate renews what was before. What was revoked.
std::vector<Fingerprint> end_renewals(WriteTransaction& transaction, const std::string& device_id,
                                      Timestamp now);
// The search for identities that end may find this one.
void watch_identity(WriteTransaction& transaction, SqlNumber enrollment_key, Timestamp now);
void set_identity_end(WriteTransaction& transaction, SqlNumber enrollment_key, Timestamp not_after);

// Of what was just issued, with its key in issued_certificates: on the challenge of a renewal,
// whose device it is bound to. False: that renewal is over.
bool bind_to_renewal(WriteTransaction& transaction, SqlNumber enrollment_key,
                     const std::string& challenge, const Fingerprint& certificate, SqlNumber order);
// The same, to an identity of the device.
void inherit_renewal(WriteTransaction& transaction, const std::string& device_id,
                     const Fingerprint& signer, const Fingerprint& certificate, SqlNumber order,
                     Timestamp now);

// Revokes what the device held before its present identity.
std::vector<Fingerprint> revoke_older(WriteTransaction& transaction, const std::string& device_id,
                                      const IdentityRow& identity, Timestamp now);
// Revokes all that the device ever held but its present identity: it has enrolled anew.
std::vector<Fingerprint> revoke_others(WriteTransaction& transaction, const std::string& device_id,
                                       Timestamp now);

}  // namespace bramley
