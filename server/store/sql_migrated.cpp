// The part of SqlEnrollments that is about enrollments which come from another server.

#include "server/store/sql_bindings.h"
#include "server/store/sql_enrollment_changes.h"
#include "server/store/sql_enrollment_rows.h"
#include "server/store/sql_enrollments.h"
#include "server/store/sql_fact_rows.h"
#include "server/store/sql_secrets.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct DescribeMigrated {
  using In = SqlTypes<SqlNumber, SqlText, SqlText, SqlText, SqlText, SqlText, SqlText, SqlText,
                      SqlText, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET type = :type, topic = :topic, serial_number = :serial, "
      "device_name = :name, model = :model, model_name = :model_name, product_name = :product, "
      "os_version = :os, build_version = :build, authenticated_at = :now "
      "WHERE enrollment_key = :key";
};
struct IsDescribed {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key FROM enrollments WHERE enrollment_key = :key "
      "AND authenticated_at IS NOT NULL";
};
struct HasSecret {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT secret_key FROM enrollment_secrets WHERE enrollment_key = :key AND kind = :kind";
};

// The channel's row, made if it is new.
Result<EnrollmentRow> row_of(WriteTransaction& transaction, const EnrollmentId& id) {
  if (auto known = find_enrollment_row(transaction, id.value())) {
    if (known->device_id != id.device_value()) {
      return id_of_another_device(id.value());
    }
    return *std::move(known);
  }
  return EnrollmentRow{insert_enrollment(transaction, id), EnrollmentState::pending,
                       id.device_value()};
}

// The same; a user's device is made with it.
Result<EnrollmentRow> row_beside_device(WriteTransaction& transaction, const EnrollmentId& id) {
  TRY(row_of(transaction, id.device_channel()));
  return row_of(transaction, id);
}

}  // namespace

Result<EnrollmentStore::Migrated> SqlEnrollments::migrate_device(const EnrollmentId& id,
                                                                 const Authenticate& message,
                                                                 ByteView raw, Timestamp now) {
  if (!id.is_device_channel()) {
    return authenticate_on_user_channel(id.value());
  }
  TRY_ASSIGN(const auto sealed, seal_column(context_.sealer, raw,
                                            secret_context(SecretKind::authenticate, id.value())));
  auto done = Migrated::taken;
  TRY(context_.writer.write("migrate a device", [&](WriteTransaction& transaction) -> Status {
    TRY_ASSIGN(const auto row, row_of(transaction, id));
    const bool speaks_for_itself = has_binding(transaction, id.value());
    done = Migrated::known_already;
    if (speaks_for_itself && transaction.one<IsDescribed>(row.key)) {
      return {};
    }
    done = Migrated::taken;
    transaction.run<DescribeMigrated>(number_of(id.type()), message.topic, message.serial_number,
                                      message.device_name, message.model, message.model_name,
                                      message.product_name, message.os_version,
                                      message.build_version, seconds_of(now), row.key);
    put_secret(transaction, row.key, SecretKind::authenticate, sealed);
    transaction.touch(id.value());
    return {};
  }));
  return done;
}

Result<EnrollmentStore::Migrated> SqlEnrollments::migrate_push_token(const EnrollmentId& id,
                                                                     const TokenUpdate& message,
                                                                     ByteView raw, Timestamp now) {
  TRY_ASSIGN(const auto sealed, seal_token_update(context_.sealer, id, message, raw));
  auto done = Migrated::taken;
  TRY(context_.writer.write("migrate a push token", [&](WriteTransaction& transaction) -> Status {
    TRY_ASSIGN(const auto row, row_beside_device(transaction, id));
    done = Migrated::known_already;
    if (row.state != EnrollmentState::pending && has_binding(transaction, id.device_value())) {
      return {};
    }
    done = Migrated::taken;
    record_token(transaction, row.key, message, sealed, now);
    if (id.is_device_channel() && row.state != EnrollmentState::enrolled) {
      schedule_inventory(transaction, row.key, now);
    }
    transaction.touch(id.value());
    return {};
  }));
  return done;
}

Result<EnrollmentStore::Migrated> SqlEnrollments::migrate_bootstrap_token(
    const EnrollmentId& id, std::optional<SecretBytes> token) {
  const auto device = id.device_channel();
  std::optional<std::string> sealed;
  if (token && !token->empty()) {
    TRY_ASSIGN(sealed, seal_column(context_.sealer, token->reveal(),
                                   secret_context(SecretKind::bootstrap_token, device.value())));
  }
  auto done = Migrated::taken;
  TRY(context_.writer.write(
      "migrate a bootstrap token", [&](WriteTransaction& transaction) -> Status {
        TRY_ASSIGN(const auto row, row_of(transaction, device));
        done = Migrated::known_already;
        if (has_binding(transaction, device.value()) &&
            (!sealed ||
             transaction.one<HasSecret>(row.key, number_of(SecretKind::bootstrap_token)))) {
          return {};
        }
        done = Migrated::taken;
        if (sealed) {
          put_secret(transaction, row.key, SecretKind::bootstrap_token, *sealed);
        } else {
          forget_secret(transaction, row.key, SecretKind::bootstrap_token);
        }
        return {};
      }));
  return done;
}

}  // namespace bramley
