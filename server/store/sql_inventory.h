#pragma once

#include "server/store/inventory_store.h"
#include "server/store/sql_context.h"

namespace bramley {

// sql_inventory.cpp reads, sql_refresh.cpp asks.
class SqlInventory : public InventoryStore {
 public:
  explicit SqlInventory(const SqlContext& context) : context_(context) {}
  Result<std::optional<InventoryItem>> find(std::string_view id) const override;
  Status visit(const EnrollmentFilter& filter, std::string_view after, std::int64_t limit,
               const std::function<void(InventoryItem&&)>& on_item) const override;
  Result<std::vector<Result<std::string>>> resolve(
      std::span<const std::string> names) const override;
  Result<Refreshed> refresh(const Refresh& refresh, Timestamp now) override;

 private:
  const SqlContext& context_;
};

}  // namespace bramley
