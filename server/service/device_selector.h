#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/mdm/selection.h"
#include "server/store/inventory_store.h"

namespace bramley {

// Whom an administrator means: one of the three.
struct Recipients {
  std::vector<std::string> names;      // ids, and serial numbers of devices
  std::optional<Selection> selection;  // of the enrolled devices
  bool all_devices = false;            // that are enrolled
};

// How many are meant, and on what knowledge.
struct Matched {
  std::int64_t matched = 0;
  // Of them, those that a selection matched by a fact that is older than was wanted: any that the
  // expression names and that is known of the device. What the server itself keeps account of (when
  // it was seen, and enrolled) is never old. Names and all devices are matched on no facts.
  std::int64_t stale = 0;
  // Names that mean nobody, several, or one that is checked out.
  std::vector<CommandQueue::Refusal> refused = {};
};

// Finds who is meant. All that a selection, or "all devices", matches is of one moment.
class DeviceSelector {
 public:
  DeviceSelector(const InventoryStore& inventory, const Clock& clock)
      : inventory_(inventory), clock_(clock) {}

  // Calls `on_match` for each once. Names come in their order, the others in that of their ids.
  // max_age none: nothing is old.
  Result<Matched> each(const Recipients& recipients, std::optional<std::chrono::seconds> max_age,
                       const std::function<void(const InventoryItem&)>& on_match) const;
  // Only their ids, which is cheaper for names; who is checked out is left for the queue to refuse.
  Result<Matched> ids(const Recipients& recipients, std::optional<std::chrono::seconds> max_age,
                      std::vector<std::string>& ids) const;

  // A page of those that `filter` lets through and `wanted` likes, in the order of their ids. Looks
  // at `most` at most: so it may have few items, or none, and yet a cursor.
  Result<Page<InventoryItem>> page(const EnrollmentFilter& filter,
                                   const std::function<bool(const InventoryItem&)>& wanted,
                                   const PageRequest& page, std::size_t most) const;

 private:
  Result<Matched> each_enrolled(const Recipients& recipients,
                                std::optional<std::chrono::seconds> max_age,
                                const std::function<void(const InventoryItem&)>& on_match) const;
  Result<Matched> each_named(const std::vector<std::string>& names,
                             const std::function<Status(const std::string&)>& on_id) const;

  const InventoryStore& inventory_;
  const Clock& clock_;
};

}  // namespace bramley
