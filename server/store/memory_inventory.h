#pragma once

#include "server/store/memory_store.h"

namespace bramley {

class MemoryInventory : public InventoryStore {
 public:
  explicit MemoryInventory(MemoryDatabase& database) : database_(database) {}
  Result<std::optional<InventoryItem>> find(std::string_view id) const override;
  Status visit(const EnrollmentFilter& filter, std::string_view after, std::int64_t limit,
               const std::function<void(InventoryItem&&)>& on_item) const override;
  Result<std::vector<Result<std::string>>> resolve(
      std::span<const std::string> names) const override;
  Result<Refreshed> refresh(const Refresh& refresh, Timestamp now) override;

 private:
  // All of these want the mutex held.
  InventoryItem item_of(const MemoryDatabase::EnrollmentRow& row) const;
  Result<std::string> resolve_one(const std::string& name) const;
  // Whether it is asked.
  bool look_at(MemoryDatabase::EnrollmentRow& row, const Refresh& refresh, Timestamp now,
               Refreshed& done);
  bool forget_answers(const MemoryDatabase::EnrollmentRow& row);
  void bring_nearer(const Refresh& refresh, Timestamp now, Refreshed& done);
  MemoryDatabase& database_;
};

}  // namespace bramley
