// The writing half of SqlEnrollments; sql_enrollment_lists.cpp reads.

#include "server/store/sql_enrollments.h"

#include "core/base/encoding.h"
#include "core/mdm/fact_sources.h"
#include "server/store/restriction.h"
#include "server/store/sql_bindings.h"
#include "server/store/sql_enrollment_changes.h"
#include "server/store/sql_enrollment_rows.h"
#include "server/store/sql_fact_rows.h"
#include "server/store/sql_push_rows.h"
#include "server/store/sql_queue.h"
#include "server/store/sql_renewal_rows.h"
#include "server/store/sql_secrets.h"
#include "server/store/sql_users.h"
#include "server/store/sql_values.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct InsertEnrollment {
  using In = SqlTypes<SqlText, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO enrollments (id, device_id, type, state, push_state, topic, push_magic, "
      "push_token, serial_number, device_name, model, model_name, product_name, os_version, "
      "build_version, user_short_name, user_long_name, awaiting_configuration, token_update_tally) "
      "VALUES (:id, :device, :type, 0, 0, '', '', '', '', '', '', '', '', '', '', '', '', 0, 0)";
};
struct InsertSighting {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO sightings (enrollment_key, seen_at) VALUES (:key, NULL)";
};
struct DescribeDevice {
  using In = SqlTypes<SqlNumber, SqlText, SqlText, SqlText, SqlText, SqlText, SqlText, SqlText,
                      SqlText, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET type = :type, topic = :topic, serial_number = :serial, "
      "device_name = :name, model = :model, model_name = :model_name, product_name = :product, "
      "os_version = :os, build_version = :build, certificate = :certificate "
      "WHERE enrollment_key = :key";
};
struct MarkAuthenticated {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET authenticated_at = :now, identity_not_after = :end "
      "WHERE enrollment_key = :key";
};
struct StartAfresh {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET state = 0, push_state = 0, push_magic = '', push_token = '', "
      "awaiting_configuration = 0, token_update_tally = 0, enrolled_at = NULL, "
      "dismissal = CASE WHEN dismissal = 1 THEN 0 ELSE dismissal END, "
      "checked_out_at = NULL WHERE enrollment_key = :key";
};
struct Family {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber, SqlText>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key, id FROM enrollments WHERE device_id = :device";
};
struct RecordToken {
  using In = SqlTypes<SqlNumber, SqlText, SqlText, SqlText, SqlText, SqlNumber, SqlText, SqlText,
                      SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET "
      "enrolled_at = CASE WHEN state = 1 THEN enrolled_at ELSE :now END, "
      "state = 1, push_state = 0, checked_out_at = NULL, "
      "topic = CASE WHEN :new_topic = '' THEN topic ELSE :topic END, "
      "push_magic = :magic, push_token = :token, awaiting_configuration = :awaiting, "
      "user_short_name = :short_name, user_long_name = :long_name, "
      "token_update_tally = token_update_tally + 1 WHERE enrollment_key = :key";
};
struct CheckOutOne {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET state = 2, checked_out_at = :now "
      "WHERE enrollment_key = :key AND state <> 2";
};

}  // namespace

std::vector<EnrollmentMember> family_of(WriteTransaction& transaction,
                                        const std::string& device_id) {
  std::vector<EnrollmentMember> members;
  transaction.each<Family>(
      [&](Family::Out row) { members.push_back({std::get<0>(row), std::move(std::get<1>(row))}); },
      device_id);
  return members;
}

SqlNumber insert_enrollment(WriteTransaction& transaction, const EnrollmentId& id) {
  transaction.run<InsertEnrollment>(id.value(), id.device_value(), number_of(id.type()));
  const auto key = transaction.last_key("enrollments");
  transaction.run<InsertSighting>(key);
  return key;
}

namespace {

Status bind(WriteTransaction& transaction, const EnrollmentId& id, const Authenticate& message,
            const std::string& fingerprint) {
  if (is_revoked(transaction, fingerprint)) {
    return certificate_revoked(id.value());
  }
  const auto device = bound_device(transaction, fingerprint);
  if (device && *device != id.value()) {
    return certificate_of_another(id.value());
  }
  if (!allows(restriction_of(transaction, fingerprint), id.value(), message.serial_number)) {
    return certificate_for_another(id.value());
  }
  if (!device) {
    insert_binding(transaction, fingerprint, id.value());
  }
  return {};
}

// The device's row as it is after Authenticate, whatever was there before.
Result<SqlNumber> start_afresh(WriteTransaction& transaction, const EnrollmentId& id,
                               SqlNumber now) {
  const auto known = find_enrollment_row(transaction, id.value());
  if (!known) {
    return insert_enrollment(transaction, id);
  }
  if (known->device_id != id.device_value()) {
    return id_of_another_device(id.value());
  }
  for (const auto& member : family_of(transaction, id.value())) {
    clear_queue(transaction, member.key, CommandState::cleared, now);
    forget_secrets(transaction, member.key);
    forget_challenge(transaction, member.key);
    forget_facts(transaction, member.key);
    transaction.run<StartAfresh>(member.key);
    transaction.touch(member.id);
  }
  return known->key;
}

// A renewal goes on with everything that was; any other Authenticate begins anew.
Result<SqlNumber> continue_or_start(WriteTransaction& transaction, const EnrollmentId& id,
                                    const DeviceIdentity& identity, Timestamp now,
                                    std::vector<Fingerprint>& revoked) {
  const auto not_after = identity.certificate.not_after();
  const auto before = find_identity(transaction, id.value());
  if (before && renews(transaction, *before, identity.fingerprint())) {
    adopt_identity(transaction, *before, identity.fingerprint(), not_after, now);
    return before->key;
  }
  revoked = end_renewals(transaction, id.value(), now);
  TRY_ASSIGN(const auto key, start_afresh(transaction, id, seconds_of(now)));
  transaction.run<MarkAuthenticated>(seconds_of(now), seconds_of(not_after), key);
  return key;
}

// The row of the channel whose token came; made if it is a user's first one.
Result<SqlNumber> row_for_token(WriteTransaction& transaction, const EnrollmentId& id) {
  const auto device = find_enrollment_row(transaction, id.device_value());
  if (!device) {
    return never_authenticated(id.device_value());
  }
  if (device->state == EnrollmentState::checked_out) {
    return device_checked_out(id.device_value());
  }
  const auto known = id.is_device_channel() ? device : find_enrollment_row(transaction, id.value());
  if (!known) {
    return insert_enrollment(transaction, id);
  }
  if (known->device_id != id.device_value()) {
    return id_of_another_device(id.value());
  }
  return known->key;
}

}  // namespace

Result<SealedTokenUpdate> seal_token_update(const Sealer& sealer, const EnrollmentId& id,
                                            const TokenUpdate& message, ByteView raw) {
  const auto seal = [&](SecretKind kind, ByteView plain) {
    return seal_column(sealer, plain, secret_context(kind, id.value()));
  };
  SealedTokenUpdate sealed;
  TRY_ASSIGN(sealed.document, seal(SecretKind::token_update, raw));
  if (message.unlock_token && !message.unlock_token->empty()) {
    TRY_ASSIGN(sealed.unlock_token, seal(SecretKind::unlock_token, message.unlock_token->reveal()));
  }
  return sealed;
}

void record_token(WriteTransaction& transaction, SqlNumber key, const TokenUpdate& message,
                  const SealedTokenUpdate& sealed, Timestamp now) {
  transaction.run<RecordToken>(seconds_of(now), message.topic, message.topic, message.push_magic,
                               encode_hex(message.token), SqlNumber{message.awaiting_configuration},
                               message.user_short_name, message.user_long_name, key);
  put_secret(transaction, key, SecretKind::token_update, sealed.document);
  push_with_new_token(transaction, key, now);
  if (sealed.unlock_token) {
    put_secret(transaction, key, SecretKind::unlock_token, *sealed.unlock_token);
  }
}

namespace {

void learn_from_token(WriteTransaction& transaction, SqlNumber key, const EnrollmentId& id,
                      const TokenUpdate& message, Timestamp now) {
  if (id.is_device_channel()) {
    DeviceFacts facts;
    facts.set(Fact::is_awaiting_configuration, message.awaiting_configuration, std::nullopt);
    learn_facts(transaction, key, facts, now);
  }
}

}  // namespace

Status SqlEnrollments::begin_enrollment(const EnrollmentId& id, const Authenticate& message,
                                        ByteView raw, const DeviceIdentity& identity,
                                        Timestamp now) {
  if (!id.is_device_channel()) {
    return authenticate_on_user_channel(id.value());
  }
  const auto fingerprint = identity.fingerprint().hex();
  TRY_ASSIGN(const auto sealed, seal_column(context_.sealer, raw,
                                            secret_context(SecretKind::authenticate, id.value())));
  std::vector<Fingerprint> revoked;
  Status begun =
      context_.writer.write("begin enrollment", [&](WriteTransaction& transaction) -> Status {
        TRY(bind(transaction, id, message, fingerprint));
        TRY_ASSIGN(const auto key, continue_or_start(transaction, id, identity, now, revoked));
        transaction.run<DescribeDevice>(number_of(id.type()), message.topic, message.serial_number,
                                        message.device_name, message.model, message.model_name,
                                        message.product_name, message.os_version,
                                        message.build_version, fingerprint, key);
        put_secret(transaction, key, SecretKind::authenticate, sealed);
        learn_facts(transaction, key, facts_of(message), now);
        transaction.touch(id.value());
        return {};
      });
  forget_bindings(begun, revoked);
  return begun;
}

void SqlEnrollments::forget_bindings(const Status& committed,
                                     const std::vector<Fingerprint>& revoked) {
  if (committed) {
    for (const Fingerprint& each : revoked) {
      context_.bindings.forget(each);
    }
  }
}

Status SqlEnrollments::update_push_token(const EnrollmentId& id, const TokenUpdate& message,
                                         ByteView raw, Timestamp now) {
  TRY_ASSIGN(const auto sealed, seal_token_update(context_.sealer, id, message, raw));
  std::vector<Fingerprint> revoked;
  Status updated =
      context_.writer.write("update push token", [&](WriteTransaction& transaction) -> Status {
        TRY_ASSIGN(const auto key, row_for_token(transaction, id));
        const auto before = find_enrollment_row(transaction, id.value());
        record_token(transaction, key, message, sealed, now);
        learn_from_token(transaction, key, id, message, now);
        if (id.is_device_channel() && before && before->state != EnrollmentState::enrolled) {
          watch_identity(transaction, key, now);
          schedule_inventory(transaction, key, now);
          // Not at Authenticate: a device that fails in between may go on as it was.
          revoked = revoke_others(transaction, id.value(), now);
        }
        transaction.touch(id.value());
        return {};
      });
  forget_bindings(updated, revoked);
  return updated;
}

Status SqlEnrollments::challenge_user(const EnrollmentId& id, const UserChallenge& challenge) {
  if (id.is_device_channel()) {
    return challenge_on_device_channel(id.value());
  }
  TRY_ASSIGN(const auto sealed, seal_column(context_.sealer, challenge.auth_token.reveal(),
                                            secret_context(SecretKind::auth_token, id.value())));
  return context_.writer.write("challenge a user", [&](WriteTransaction& transaction) -> Status {
    TRY_ASSIGN(const auto key, row_for_token(transaction, id));
    put_challenge(transaction, key, challenge.nonce, seconds_of(challenge.expires_at));
    put_secret(transaction, key, SecretKind::auth_token, sealed);
    transaction.touch(id.value());
    return {};
  });
}

Status SqlEnrollments::end_enrollment(const EnrollmentId& id, Timestamp now) {
  std::vector<Fingerprint> revoked;
  Status ended =
      context_.writer.write("end enrollment", [&](WriteTransaction& transaction) -> Status {
        const auto known = find_enrollment_row(transaction, id.value());
        if (!known) {
          return no_enrollment(id.value());
        }
        const auto leaving = id.is_device_channel()
                                 ? family_of(transaction, id.value())
                                 : std::vector<EnrollmentMember>{{known->key, id.value()}};
        for (const auto& member : leaving) {
          transaction.run<CheckOutOne>(seconds_of(now), member.key);
          transaction.touch(member.id);
        }
        if (id.is_device_channel()) {
          revoked = end_renewals(transaction, id.value(), now);
        }
        return {};
      });
  forget_bindings(ended, revoked);
  return ended;
}

Status SqlEnrollments::set_bootstrap_token(const EnrollmentId& id, std::optional<SecretBytes> token,
                                           Timestamp /*now*/) {
  const auto& device = id.device_value();
  std::optional<std::string> sealed;
  if (token && !token->empty()) {
    TRY_ASSIGN(sealed, seal_column(context_.sealer, token->reveal(),
                                   secret_context(SecretKind::bootstrap_token, device)));
  }
  return context_.writer.write("set bootstrap token", [&](WriteTransaction& transaction) -> Status {
    const auto known = find_enrollment_row(transaction, device);
    if (!known) {
      return no_enrollment(device);
    }
    if (sealed) {
      put_secret(transaction, known->key, SecretKind::bootstrap_token, *sealed);
    } else {
      forget_secret(transaction, known->key, SecretKind::bootstrap_token);
    }
    return {};
  });
}

Result<std::optional<SecretBytes>> SqlEnrollments::bootstrap_token(const EnrollmentId& id) const {
  return read_secret(context_, id.device_value(), SecretKind::bootstrap_token);
}

Result<std::optional<SecretBytes>> SqlEnrollments::unlock_token(const EnrollmentId& id) const {
  return read_secret(context_, id.value(), SecretKind::unlock_token);
}

void SqlEnrollments::note_seen(const EnrollmentId& id, Timestamp now) {
  context_.seen.note(id.value(), now);
}

}  // namespace bramley
