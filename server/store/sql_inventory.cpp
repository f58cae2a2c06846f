#include "server/store/sql_inventory.h"

#include "server/store/fact_codec.h"
#include "server/store/inventory_steps.h"
#include "server/store/sql_enrollment_filter.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

// The enrollment's own, then what its device said. CROSS JOIN: the order of the loops is ours.
struct InventoryColumns {
  using Row = SqlTypes<SqlText, SqlText, SqlNumber, SqlNumber, std::optional<SqlNumber>,
                       std::optional<SqlNumber>, SqlText, SqlText, SqlText, SqlText, SqlText,
                       SqlText, SqlText, SqlNumber, std::optional<SqlNumber>,
                       std::optional<SqlNumber>, std::optional<SqlText>>;
  static constexpr std::string_view select =
      "SELECT e.id, e.device_id, e.type, e.state, e.enrolled_at, s.seen_at, d.serial_number, "
      "d.device_name, d.model, d.model_name, d.product_name, d.os_version, d.build_version, "
      "d.awaiting_configuration, d.authenticated_at, d.enrolled_at, f.facts FROM enrollments e "
      "CROSS JOIN enrollments d ON d.id = e.device_id "
      "LEFT JOIN sightings s ON s.enrollment_key = e.enrollment_key "
      "LEFT JOIN device_facts f ON f.enrollment_key = d.enrollment_key ";
};
struct FindItem {
  using In = SqlTypes<SqlText>;
  using Out = InventoryColumns::Row;
  inline static const std::string sql = std::string(InventoryColumns::select) + "WHERE e.id = :id";
};
struct DevicesOfSerial {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlText, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT id, state FROM enrollments WHERE serial_number = :serial AND id = device_id "
      "ORDER BY id LIMIT 10";
};

InventoryItem item_of(InventoryColumns::Row row, const SeenBuffer& seen_buffer) {
  auto& [id, device_id, type, state, enrolled_at, seen_at, serial, name, model, model_name, product,
         os_version, build, awaiting, authenticated_at, device_enrolled_at, facts] = row;
  InventoryItem item{
      EnrollmentId::restore(enum_of<EnrollmentType>(type), std::move(id), std::move(device_id)),
      enum_of<EnrollmentState>(state)};
  DeviceRecord device;
  if (auto learnt = decode_facts(facts.value_or(std::string()))) {
    device.learnt = *std::move(learnt);
  }
  device.checkin = {{},
                    std::move(serial),
                    std::move(name),
                    std::move(model),
                    std::move(model_name),
                    std::move(product),
                    std::move(os_version),
                    std::move(build)};
  device.awaiting_configuration = awaiting != 0;
  device.authenticated_at = time_of(authenticated_at);
  device.enrolled_at = time_of(device_enrolled_at);
  const auto heard = seen_buffer.find(item.id.value());
  complete_facts(item, std::move(device), time_of(enrolled_at), heard ? heard : time_of(seen_at));
  return item;
}

template <class Sql>
Result<std::string> resolve_one(Sql& sql, const std::string& name) {
  if (sql.template one<SelectEnrollmentRow>(name)) {
    return name;
  }
  std::vector<SerialHolder> holders;
  if (!name.empty()) {
    sql.template each<DevicesOfSerial>(
        [&](DevicesOfSerial::Out row) {
          holders.push_back(
              {std::move(std::get<0>(row)), enum_of<EnrollmentState>(std::get<1>(row))});
        },
        name);
  }
  return holder_meant(name, holders);
}

}  // namespace

Result<std::optional<InventoryItem>> SqlInventory::find(std::string_view id) const {
  TRY_ASSIGN(auto row, context_.readers.read("find facts", [&](SqlConnection& sql) {
    return Result(sql.one<FindItem>(std::string(id)));
  }));
  return row ? std::optional(item_of(*std::move(row), context_.seen)) : std::nullopt;
}

Status SqlInventory::visit(const EnrollmentFilter& filter, std::string_view after,
                           std::int64_t limit,
                           const std::function<void(InventoryItem&&)>& on_item) const {
  return context_.readers.read("look at devices", [&](SqlConnection& sql) -> Status {
    each_filtered<InventoryColumns>(
        sql, filter, after, SqlNumber{limit},
        [&](InventoryColumns::Row row) { on_item(item_of(std::move(row), context_.seen)); });
    return {};
  });
}

Result<std::vector<Result<std::string>>> SqlInventory::resolve(
    std::span<const std::string> names) const {
  std::vector<Result<std::string>> found;
  found.reserve(names.size());
  // Not all with one reader's snapshot held.
  for (std::size_t begin = 0; begin < names.size(); begin += targets_at_once) {
    const auto part = names.subspan(begin, std::min(targets_at_once, names.size() - begin));
    TRY(context_.readers.read("find devices by name", [&](SqlConnection& sql) -> Status {
      for (const std::string& name : part) {
        found.push_back(resolve_one(sql, name));
      }
      return {};
    }));
  }
  return found;
}

}  // namespace bramley
