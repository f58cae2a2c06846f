// What a certificate is to a device, and who may bring another: the judging half of SqlRenewals.

#include "server/store/restriction.h"
#include "server/store/sql_renewal_rows.h"
#include "server/store/sql_renewals.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct JudgeDevice {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber, SqlNumber, SqlText, std::optional<SqlNumber>>;
  static constexpr std::string_view sql =
      "SELECT e.enrollment_key, e.state, e.serial_number, b.renewal FROM enrollments e "
      "LEFT JOIN bindings b ON b.fingerprint = e.certificate WHERE e.id = :id";
};
struct JudgeBinding {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT renewal FROM bindings WHERE fingerprint = :fingerprint AND device_id = :device";
};
struct JudgeIssued {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlText, SqlText>;
  static constexpr std::string_view sql =
      "SELECT only_udid, only_serial FROM issued_certificates WHERE fingerprint = :fingerprint";
};
struct OrderOf {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT renewal FROM bindings WHERE fingerprint = :fingerprint";
};
struct JudgeRenewal {
  using In = SqlTypes<SqlText>;
  using Out = RenewalColumns;
  inline static const std::string sql = std::string(renewal_columns) + "WHERE e.id = :id";
};
struct Approve {
  using In = SqlTypes<SqlNumber, SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET approved_until = :until, approved_for = NULL "
      "WHERE id = :id AND device_id = :same";
};
struct UseApproval {
  using In = SqlTypes<SqlText, SqlText, SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET approved_for = :certificate WHERE id = :id "
      "AND approved_until > :now AND (approved_for IS NULL OR approved_for = :same)";
};

// As renews() of sql_renewal_rows.h, without a transaction. `order` and `current`: of this
// certificate and of the identity in use.
bool renews(SqlConnection& sql, const std::string& device_id, SqlNumber order, SqlNumber current) {
  auto columns = sql.one<JudgeRenewal>(device_id);
  if (order == 0 || order < current || !columns) {
    return false;
  }
  const Renewal renewal = renewal_of(*std::move(columns)).row.renewal;
  if (!goes_on(renewal)) {
    return false;
  }
  const auto before =
      renewal.old_certificate ? sql.one<OrderOf>(renewal.old_certificate->hex()) : std::nullopt;
  return !before || order > std::get<0>(*before);
}

}  // namespace

Result<IdentityClaim> SqlRenewals::judge(std::string_view device_id,
                                         const Fingerprint& certificate) const {
  const std::string id(device_id);
  const std::string hex = certificate.hex();
  return context_.readers.read("judge identity", [&](SqlConnection& sql) -> Result<IdentityClaim> {
    const auto device = sql.one<JudgeDevice>(id);
    if (!device || enum_of<EnrollmentState>(std::get<1>(*device)) != EnrollmentState::enrolled) {
      return IdentityClaim::newcomer;
    }
    if (const auto bound = sql.one<JudgeBinding>(hex, id)) {
      const auto current = std::get<3>(*device).value_or(0);
      return renews(sql, id, std::get<0>(*bound), current) ? IdentityClaim::renewal
                                                           : IdentityClaim::own;
    }
    const auto issued = sql.one<JudgeIssued>(hex);
    const bool named =
        issued && names({std::get<0>(*issued), std::get<1>(*issued)}, id, std::get<2>(*device));
    return named ? IdentityClaim::named : IdentityClaim::stranger;
  });
}

Status SqlRenewals::approve(std::string_view device_id, Timestamp until) {
  const std::string id(device_id);
  return context_.writer.write("approve enrollment", [&](WriteTransaction& transaction) -> Status {
    return transaction.run<Approve>(seconds_of(until), id, id) > 0 ? Status()
                                                                   : Status(no_device(id));
  });
}

Result<bool> SqlRenewals::use_approval(std::string_view device_id, const Fingerprint& certificate,
                                       Timestamp now) {
  const std::string id(device_id);
  const std::string hex = certificate.hex();
  bool may = false;
  TRY(context_.writer.write("use approval", [&](WriteTransaction& transaction) -> Status {
    may = transaction.run<UseApproval>(hex, id, seconds_of(now), hex) > 0;
    return {};
  }));
  return may;
}

}  // namespace bramley
