#include "server/store/sql_bindings.h"

namespace bramley {
namespace {

struct BoundDevice {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT device_id FROM bindings WHERE fingerprint = :fingerprint";
};
struct AnyBinding {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT fingerprint FROM bindings WHERE device_id = :device LIMIT 1";
};
struct RevokedAt {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT revoked_at FROM revocations WHERE fingerprint = :fingerprint";
};
struct InsertBinding {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO bindings (fingerprint, device_id) VALUES (:fingerprint, :device)";
};
struct RestrictionOf {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlText, SqlText>;
  static constexpr std::string_view sql =
      "SELECT only_udid, only_serial FROM issued_certificates WHERE fingerprint = :fingerprint";
};

}  // namespace

std::optional<std::string> bound_device(WriteTransaction& transaction,
                                        const std::string& fingerprint) {
  auto row = transaction.one<BoundDevice>(fingerprint);
  return row ? std::optional(std::move(std::get<0>(*row))) : std::nullopt;
}

bool has_binding(WriteTransaction& transaction, const std::string& device_id) {
  return transaction.one<AnyBinding>(device_id).has_value();
}

bool is_revoked(WriteTransaction& transaction, const std::string& fingerprint) {
  return transaction.one<RevokedAt>(fingerprint).has_value();
}

void insert_binding(WriteTransaction& transaction, const std::string& fingerprint,
                    const std::string& device_id) {
  transaction.run<InsertBinding>(fingerprint, device_id);
}

DeviceRestriction restriction_of(WriteTransaction& transaction, const std::string& fingerprint) {
  DeviceRestriction restriction;
  if (auto row = transaction.one<RestrictionOf>(fingerprint)) {
    std::tie(restriction.udid, restriction.serial_number) = *std::move(row);
  }
  return restriction;
}

}  // namespace bramley
