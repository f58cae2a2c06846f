#include "server/store/sql_renewal_rows.h"

#include "core/crypto/revocation_list.h"
#include "server/store/sql_bindings.h"

namespace bramley {
namespace {

struct FindRenewal {
  using In = SqlTypes<SqlNumber>;
  using Out = RenewalColumns;
  inline static const std::string sql =
      std::string(renewal_columns) + "WHERE r.enrollment_key = :key";
};
struct DeleteRenewal {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM renewals WHERE enrollment_key = :key";
};
struct InsertRenewal {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlText,
                      SqlText, SqlText, SqlText, std::optional<SqlNumber>, std::optional<SqlNumber>,
                      std::optional<SqlNumber>, std::optional<SqlNumber>, SqlText,
                      std::optional<SqlNumber>>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO renewals (enrollment_key, version, state, origin, begun_at, attempts, "
      "command_uuid, challenge, old_certificate, new_certificate, delivered_at, acknowledged_at, "
      "used_at, failed_at, error, next_at) VALUES (:key, :version, :state, :origin, :begun, "
      ":attempts, :uuid, :challenge, :old, :new, :delivered, :acknowledged, :used, :failed, "
      ":error, :next)";
};
struct VoidChallenge {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM challenges WHERE fingerprint = :challenge";
};
struct FindIdentity {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber, SqlNumber, std::optional<SqlText>, std::optional<SqlNumber>,
                       std::optional<SqlNumber>>;
  static constexpr std::string_view sql =
      "SELECT e.enrollment_key, e.state, e.certificate, e.identity_not_after, b.renewal "
      "FROM enrollments e LEFT JOIN bindings b ON b.fingerprint = e.certificate WHERE e.id = :id";
};
struct OrderOf {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT renewal FROM bindings WHERE fingerprint = :fingerprint";
};
struct OrderBinding {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE bindings SET renewal = :renewal WHERE fingerprint = :fingerprint";
};
struct ForgetOrders {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE bindings SET renewal = 0 WHERE device_id = :device AND renewal <> 0";
};
struct SetIdentity {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET certificate = :certificate, identity_not_after = :end, "
      "renewal_due = :due WHERE enrollment_key = :key";
};
struct SetIdentityEnd {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET identity_not_after = :end WHERE enrollment_key = :key";
};
struct IdentityEnd {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<std::optional<SqlNumber>>;
  static constexpr std::string_view sql =
      "SELECT identity_not_after FROM enrollments WHERE enrollment_key = :key";
};
struct Watch {
  using In = SqlTypes<std::optional<SqlNumber>, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET renewal_due = :due WHERE enrollment_key = :key";
};
struct DeviceOfKey {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT id, state FROM enrollments WHERE enrollment_key = :key";
};
// A device holds few.
struct OlderBindings {
  using In = SqlTypes<SqlText, SqlText, SqlNumber>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT fingerprint FROM bindings b WHERE device_id = :device AND fingerprint <> :current "
      "AND renewal < :renewal AND NOT EXISTS "
      "(SELECT 1 FROM revocations r WHERE r.fingerprint = b.fingerprint)";
};
struct OtherBindings {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT fingerprint FROM bindings b WHERE device_id = :device AND fingerprint <> :current "
      "AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.fingerprint = b.fingerprint)";
};
struct InsertRevocation {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO revocations (fingerprint, revoked_at, reason) VALUES (:fingerprint, :at, "
      ":reason)";
};

std::optional<Fingerprint> fingerprint_of(const std::string& hex) {
  auto parsed = Fingerprint::from_hex(hex);
  return parsed ? std::optional(*parsed) : std::nullopt;
}
std::string hex_of(const std::optional<Fingerprint>& fingerprint) {
  return fingerprint ? fingerprint->hex() : std::string();
}
std::optional<SqlNumber> seconds_of_moment(const std::optional<Timestamp>& moment) {
  return moment ? std::optional(seconds_of(*moment)) : std::nullopt;
}

SqlNumber order_of(WriteTransaction& transaction, const Fingerprint& certificate) {
  const auto row = transaction.one<OrderOf>(certificate.hex());
  return row ? std::get<0>(*row) : 0;
}

// Those that `Selection` names.
template <class Selection, class... Values>
std::vector<Fingerprint> revoke_bound(WriteTransaction& transaction, Timestamp now,
                                      const Values&... values) {
  std::vector<Fingerprint> found;
  transaction.each<Selection>(
      [&](typename Selection::Out row) {
        if (const auto fingerprint = fingerprint_of(std::get<0>(row))) {
          found.push_back(*fingerprint);
        }
      },
      values...);
  for (const Fingerprint& each : found) {
    transaction.run<InsertRevocation>(each.hex(), seconds_of(now),
                                      number_of(RevocationReason::superseded));
  }
  return found;
}

}  // namespace

NumberedRenewal renewal_of(RenewalColumns columns) {
  auto& [key, id, end, version, state, origin, begun, attempts, uuid, challenge, old_one, new_one,
         delivered, acknowledged, used, failed, error, next] = columns;
  RenewalRow row;
  row.challenge = std::move(challenge);
  row.renewal = {.device_id = std::move(id),
                 .state = enum_of<RenewalState>(state),
                 .origin = enum_of<RenewalOrigin>(origin),
                 .begun_at = time_of(begun),
                 .attempts = attempts,
                 .command_uuid = std::move(uuid),
                 .old_certificate = fingerprint_of(old_one),
                 .new_certificate = fingerprint_of(new_one),
                 .identity_not_after = time_of(end),
                 .delivered_at = time_of(delivered),
                 .acknowledged_at = time_of(acknowledged),
                 .used_at = time_of(used),
                 .failed_at = time_of(failed),
                 .error = std::move(error),
                 .next_at = time_of(next),
                 .version = version};
  return {key, std::move(row)};
}

std::optional<RenewalRow> find_renewal(WriteTransaction& transaction, SqlNumber enrollment_key) {
  auto columns = transaction.one<FindRenewal>(enrollment_key);
  return columns ? std::optional(renewal_of(*std::move(columns)).row) : std::nullopt;
}

void put_renewal(WriteTransaction& transaction, SqlNumber enrollment_key, const RenewalRow& row) {
  const Renewal& renewal = row.renewal;
  transaction.run<DeleteRenewal>(enrollment_key);
  transaction.run<InsertRenewal>(
      enrollment_key, renewal.version, number_of(renewal.state), number_of(renewal.origin),
      seconds_of(renewal.begun_at), renewal.attempts, renewal.command_uuid, row.challenge,
      hex_of(renewal.old_certificate), hex_of(renewal.new_certificate),
      seconds_of_moment(renewal.delivered_at), seconds_of_moment(renewal.acknowledged_at),
      seconds_of_moment(renewal.used_at), seconds_of_moment(renewal.failed_at), renewal.error,
      seconds_of_moment(renewal.next_at));
}

void void_challenge(WriteTransaction& transaction, const std::string& challenge) {
  if (!challenge.empty()) {
    transaction.run<VoidChallenge>(challenge);
  }
}

std::optional<IdentityRow> find_identity(WriteTransaction& transaction,
                                         const std::string& device_id) {
  const auto row = transaction.one<FindIdentity>(device_id);
  if (!row) {
    return std::nullopt;
  }
  const auto& [key, state, certificate, not_after, order] = *row;
  return IdentityRow{key, enum_of<EnrollmentState>(state),
                     certificate ? fingerprint_of(*certificate) : std::nullopt, not_after,
                     order.value_or(0)};
}

bool renews(WriteTransaction& transaction, const IdentityRow& identity,
            const Fingerprint& certificate) {
  const auto order = order_of(transaction, certificate);
  if (identity.state != EnrollmentState::enrolled || order == 0 || order < identity.order) {
    return false;
  }
  const auto row = find_renewal(transaction, identity.key);
  if (!row || !goes_on(row->renewal)) {
    return false;
  }
  // What an earlier renewal brought does not count for this one.
  const auto& old_one = row->renewal.old_certificate;
  return !old_one || order > order_of(transaction, *old_one);
}

void adopt_identity(WriteTransaction& transaction, const IdentityRow& identity,
                    const Fingerprint& certificate, Timestamp not_after, Timestamp now) {
  if (identity.certificate == certificate) {
    return;
  }
  transaction.run<SetIdentity>(certificate.hex(), seconds_of(not_after),
                               seconds_of(renewal_due_at(identity.key, not_after, now)),
                               identity.key);
  auto row = find_renewal(transaction, identity.key);
  if (!row || !goes_on(row->renewal)) {
    row = own_renewal(identity.certificate, row ? row->renewal.version : 0, now);
  }
  mark_used(row->renewal, identity.certificate, certificate, now);
  if (row->renewal.state == RenewalState::proven) {
    void_challenge(transaction, row->challenge);
    row->challenge.clear();
  }
  put_renewal(transaction, identity.key, *row);
}

std::vector<Fingerprint> end_renewals(WriteTransaction& transaction, const std::string& device_id,
                                      Timestamp now) {
  const auto identity = find_identity(transaction, device_id);
  if (!identity) {
    return {};
  }
  std::vector<Fingerprint> revoked;
  auto row = find_renewal(transaction, identity->key);
  if (row && row->renewal.state == RenewalState::proven) {
    revoked = revoke_older(transaction, device_id, *identity, now);
    mark_over(*row, RenewalState::done);
    put_renewal(transaction, identity->key, *row);
  } else if (row && row->renewal.is_open()) {
    void_challenge(transaction, row->challenge);
    mark_over(*row, RenewalState::cancelled);
    put_renewal(transaction, identity->key, *row);
  }
  transaction.run<ForgetOrders>(device_id);
  transaction.run<Watch>(std::nullopt, identity->key);
  return revoked;
}

void watch_identity(WriteTransaction& transaction, SqlNumber enrollment_key, Timestamp now) {
  const auto end = transaction.one<IdentityEnd>(enrollment_key);
  if (end && std::get<0>(*end)) {
    transaction.run<Watch>(
        seconds_of(renewal_due_at(enrollment_key, time_of(*std::get<0>(*end)), now)),
        enrollment_key);
  }
}

void set_identity_end(WriteTransaction& transaction, SqlNumber enrollment_key,
                      Timestamp not_after) {
  transaction.run<SetIdentityEnd>(seconds_of(not_after), enrollment_key);
}

bool bind_to_renewal(WriteTransaction& transaction, SqlNumber enrollment_key,
                     const std::string& challenge, const Fingerprint& certificate,
                     SqlNumber order) {
  const auto device = transaction.one<DeviceOfKey>(enrollment_key);
  auto row = find_renewal(transaction, enrollment_key);
  if (!device || enum_of<EnrollmentState>(std::get<1>(*device)) != EnrollmentState::enrolled ||
      !row || row->renewal.state != RenewalState::sent || row->challenge != challenge) {
    return false;
  }
  insert_binding(transaction, certificate.hex(), std::get<0>(*device));
  transaction.run<OrderBinding>(order, certificate.hex());
  row->renewal.new_certificate = certificate;
  row->challenge.clear();
  ++row->renewal.version;
  put_renewal(transaction, enrollment_key, *row);
  return true;
}

void inherit_renewal(WriteTransaction& transaction, const std::string& device_id,
                     const Fingerprint& signer, const Fingerprint& certificate, SqlNumber order,
                     Timestamp now) {
  const auto identity = find_identity(transaction, device_id);
  const bool own = identity && identity->state == EnrollmentState::enrolled &&
                   (identity->certificate == signer || order_of(transaction, signer) > 0);
  if (!own) {
    return;  // bound, as its signer is, and no more
  }
  transaction.run<OrderBinding>(order, certificate.hex());
  auto row = find_renewal(transaction, identity->key);
  if (!row || !goes_on(row->renewal)) {
    row = own_renewal(identity->certificate, row ? row->renewal.version : 0, now);
  }
  row->renewal.new_certificate = certificate;
  void_challenge(transaction, row->challenge);
  row->challenge.clear();
  ++row->renewal.version;
  put_renewal(transaction, identity->key, *row);
}

std::vector<Fingerprint> revoke_older(WriteTransaction& transaction, const std::string& device_id,
                                      const IdentityRow& identity, Timestamp now) {
  return revoke_bound<OlderBindings>(transaction, now, device_id, hex_of(identity.certificate),
                                     identity.order);
}

std::vector<Fingerprint> revoke_others(WriteTransaction& transaction, const std::string& device_id,
                                       Timestamp now) {
  const auto identity = find_identity(transaction, device_id);
  if (!identity || !identity->certificate) {
    return {};
  }
  return revoke_bound<OtherBindings>(transaction, now, device_id, hex_of(identity->certificate));
}

}  // namespace bramley
