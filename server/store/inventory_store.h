#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/mdm/command.h"
#include "core/mdm/device_facts.h"
#include "server/store/command_queue.h"
#include "server/store/enrollment_store.h"

namespace bramley {

// An enrollment as selections see it.
struct InventoryItem {
  EnrollmentId id;
  EnrollmentState state = EnrollmentState::pending;
  // Of the device, also where the enrollment is a user's on it; but for last_seen and enrolled_at,
  // which are the enrollment's own.
  DeviceFacts facts = {};
};

// The commands of the server's own that ask devices for their facts have such UUIDs, and nobody
// else may take one.
inline constexpr std::string_view inventory_command_prefix = "bramley-inventory-";
inline bool is_inventory_command(std::string_view uuid) {
  return uuid.starts_with(inventory_command_prefix);
}

// What is known of devices. It is learnt in the transactions that record what they say:
// begin_enrollment (which forgets what was known, unless it renews an identity), update_push_token,
// and settle_and_next, for a report that settles its command. So nothing here records a fact.
class InventoryStore {
 public:
  virtual ~InventoryStore() = default;

  virtual Result<std::optional<InventoryItem>> find(std::string_view id) const = 0;
  // Calls `on_item` for those behind `after`, in the order of their ids, at most `limit`; all of
  // one moment. It must be quick: it holds one of the store's few readers.
  virtual Status visit(const EnrollmentFilter& filter, std::string_view after, std::int64_t limit,
                       const std::function<void(InventoryItem&&)>& on_item) const = 0;
  // Whom names mean, in their order: an id, or the serial number of a device where no enrollment
  // has that id; of several with one number the one that has not checked out. not_found: nobody.
  // conflict: several have that number, and which ones.
  virtual Result<std::vector<Result<std::string>>> resolve(
      std::span<const std::string> names) const = 0;

  // How devices are asked for their facts in the background.
  struct Refresh {
    std::chrono::seconds interval{};  // more than 0
    // For all who are asked; UUIDs information_uuid(base) and security_uuid(base).
    std::string base = {};
    Command information = {};
    Command security = {};
    CommandTerms terms = {};
    std::uint64_t salt = 0;  // any number: what is spread out is spread by it
    std::int64_t limit = 100;
  };
  struct Refreshed {
    std::int64_t asked = 0;    // queued for
    std::int64_t put_off = 0;  // had not answered yet: looked at again after a quarter of the time
    std::int64_t spread = 0;   // due too long ago, or too far ahead: given a new time
  };
  // One step, in one transaction, so that several servers ask each device once: queues the two
  // commands for enrolled devices that are due, and forgets their answers of before. Each is due
  // again after the interval, a tenth more or less; what became due long ago, as while no server
  // ran, is spread over a quarter of it. Cheap when nothing is due.
  virtual Result<Refreshed> refresh(const Refresh& refresh, Timestamp now) = 0;
};

// The UUIDs of the pair of commands.
inline std::string information_uuid(const std::string& base) {
  return base + "-information";
}
inline std::string security_uuid(const std::string& base) {
  return base + "-security";
}

}  // namespace bramley
