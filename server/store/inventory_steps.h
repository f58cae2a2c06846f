#pragma once

#include <algorithm>

#include "core/mdm/fact_sources.h"
#include "server/store/inventory_store.h"
#include "server/store/store_errors.h"

namespace bramley {

// What every store does alike with facts and their refreshing. Private to the folder.

// What is known of a device, and the columns of check-ins that fill in what is not in there: those
// of enrollments from before there were facts, or from another server.
struct DeviceRecord {
  DeviceFacts learnt = {};
  Authenticate checkin = {};
  bool awaiting_configuration = false;
  std::optional<Timestamp> authenticated_at = {};
  std::optional<Timestamp> enrolled_at = {};
};

// Puts the time on what was just learnt.
inline DeviceFacts learnt_at(const DeviceFacts& facts, Timestamp now) {
  DeviceFacts dated;
  for (const KnownFact& known : facts.known()) {
    dated.set(known.fact, known.value, now);
  }
  return dated;
}

inline void fill_in(DeviceFacts& facts, const DeviceFacts& from, std::optional<Timestamp> as_of) {
  for (const KnownFact& known : from.known()) {
    if (facts.find(known.fact) == nullptr) {
      facts.set(known.fact, known.value, as_of);
    }
  }
}

// `device` is of the item's device.
inline void complete_facts(InventoryItem& item, DeviceRecord device,
                           std::optional<Timestamp> enrolled_at,
                           std::optional<Timestamp> last_seen) {
  item.facts = std::move(device.learnt);
  fill_in(item.facts, facts_of(device.checkin), device.authenticated_at);
  if (device.enrolled_at) {
    DeviceFacts from_token;
    from_token.set(Fact::is_awaiting_configuration, device.awaiting_configuration, std::nullopt);
    fill_in(item.facts, from_token, device.enrolled_at);
  }
  const DeviceFacts of_id = facts_of(item.id);
  for (const KnownFact& known : of_id.known()) {
    item.facts.set(known.fact, known.value,
                   device.authenticated_at ? device.authenticated_at : device.enrolled_at);
  }
  if (enrolled_at) {
    item.facts.set(Fact::enrolled_at, *enrolled_at, enrolled_at);
  }
  if (last_seen) {
    item.facts.set(Fact::last_seen, *last_seen, last_seen);
  }
  derive_platform(item.facts);
}

// Who has a serial number, as resolve() asks.
struct SerialHolder {
  std::string id;
  EnrollmentState state;
};
inline Result<std::string> holder_meant(const std::string& name,
                                        const std::vector<SerialHolder>& holders) {
  if (holders.size() == 1) {
    return holders.front().id;
  }
  std::vector<std::string> staying;
  std::string all;
  for (const SerialHolder& holder : holders) {
    if (holder.state != EnrollmentState::checked_out) {
      staying.push_back(holder.id);
    }
    all += (all.empty() ? "" : ", ") + holder.id;
  }
  if (staying.size() == 1) {
    return staying.front();
  }
  if (holders.empty()) {
    return no_enrollment(name);
  }
  return Error{ErrorCode::conflict, "serial number " + name + " is that of several: " + all,
               "name one of them by its id"};
}

// The same for the same numbers, and otherwise anything from 0 to below `range` (0 if that is 0).
inline std::chrono::seconds spread_within(std::chrono::seconds range, std::uint64_t salt,
                                          std::int64_t number) {
  auto mixed = salt + static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  mixed ^= mixed >> 31U;
  return range.count() <= 0
             ? std::chrono::seconds(0)
             : std::chrono::seconds(mixed % static_cast<std::uint64_t>(range.count()));
}

// When one that is asked now is asked again.
inline Timestamp due_again(const InventoryStore::Refresh& refresh, std::int64_t number,
                           Timestamp now) {
  return now + refresh.interval * 9 / 10 +
         spread_within(refresh.interval / 5, refresh.salt, number);
}
inline Timestamp look_again(const InventoryStore::Refresh& refresh, Timestamp now) {
  return now + std::max(refresh.interval / 4, std::chrono::seconds(1));
}
// Due so long ago that very many others are too.
inline constexpr std::chrono::minutes overdue{15};
inline Timestamp spread_time(const InventoryStore::Refresh& refresh, std::int64_t number,
                             Timestamp now) {
  return now + spread_within(refresh.interval / 4, refresh.salt, number);
}
// Nothing that was put off by this interval is due later.
inline Timestamp furthest_due(const InventoryStore::Refresh& refresh, Timestamp now) {
  return now + refresh.interval * 11 / 10 + std::chrono::seconds(1);
}

}  // namespace bramley
