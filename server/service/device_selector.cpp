#include "server/service/device_selector.h"

#include <algorithm>
#include <unordered_set>

namespace bramley {
namespace {

// What the server knows by itself.
bool ages(Fact fact) {
  return fact != Fact::last_seen && fact != Fact::enrolled_at && fact != Fact::udid &&
         fact != Fact::user_enrollment;
}

bool is_stale(const Selection& selection, const DeviceFacts& facts, Timestamp oldest) {
  return std::ranges::any_of(selection.facts(), [&](Fact fact) {
    const KnownFact* const known = facts.find(fact);
    return known != nullptr && ages(fact) && (!known->as_of || *known->as_of < oldest);
  });
}

}  // namespace

Result<Matched> DeviceSelector::each_enrolled(
    const Recipients& recipients, std::optional<std::chrono::seconds> max_age,
    const std::function<void(const InventoryItem&)>& on_match) const {
  const Timestamp now = clock_.now();
  const auto& selection = recipients.selection;
  Matched found;
  const EnrollmentFilter enrolled{.state = EnrollmentState::enrolled};
  TRY(inventory_.visit(
      enrolled, "", std::numeric_limits<std::int64_t>::max(), [&](InventoryItem&& item) {
        if (!item.id.is_device_channel() || (selection && !selection->matches(item.facts, now))) {
          return;
        }
        ++found.matched;
        found.stale +=
            selection && max_age && is_stale(*selection, item.facts, now - *max_age) ? 1 : 0;
        on_match(item);
      }));
  return found;
}

Result<Matched> DeviceSelector::each_named(
    const std::vector<std::string>& names,
    const std::function<Status(const std::string&)>& on_id) const {
  Matched found;
  std::unordered_set<std::string> named;
  const std::span<const std::string> all(names);
  for (std::size_t begin = 0; begin < all.size(); begin += targets_at_once) {
    const auto part = all.subspan(begin, std::min(targets_at_once, all.size() - begin));
    TRY_ASSIGN(const auto ids, inventory_.resolve(part));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool is_new = named.insert(ids[i] ? *ids[i] : part[i]).second;
      if (!is_new) {
        continue;
      }
      const Status taken = ids[i] ? on_id(*ids[i]) : Status(ids[i].error());
      if (taken) {
        ++found.matched;
      } else {
        found.refused.push_back({part[i], taken.error()});
      }
    }
  }
  return found;
}

Result<Matched> DeviceSelector::each(
    const Recipients& recipients, std::optional<std::chrono::seconds> max_age,
    const std::function<void(const InventoryItem&)>& on_match) const {
  if (recipients.selection || recipients.all_devices) {
    return each_enrolled(recipients, max_age, on_match);
  }
  return each_named(recipients.names, [&](const std::string& id) -> Status {
    TRY_ASSIGN(const auto item, inventory_.find(id));
    if (!item) {
      return Error{ErrorCode::not_found, "no enrollment " + id};
    }
    if (item->state == EnrollmentState::checked_out) {
      return Error{ErrorCode::conflict, "enrollment " + id + " is checked out"};
    }
    on_match(*item);
    return {};
  });
}

Result<Matched> DeviceSelector::ids(const Recipients& recipients,
                                    std::optional<std::chrono::seconds> max_age,
                                    std::vector<std::string>& ids) const {
  if (recipients.selection || recipients.all_devices) {
    return each_enrolled(recipients, max_age,
                         [&](const InventoryItem& item) { ids.push_back(item.id.value()); });
  }
  return each_named(recipients.names, [&](const std::string& id) -> Status {
    ids.push_back(id);
    return {};
  });
}

Result<Page<InventoryItem>> DeviceSelector::page(
    const EnrollmentFilter& filter, const std::function<bool(const InventoryItem&)>& wanted,
    const PageRequest& page, std::size_t most) const {
  constexpr std::size_t slice = 500;
  Page<InventoryItem> found;
  std::string after = page.after;
  for (std::size_t looked_at = 0; looked_at < most; looked_at += slice) {
    std::size_t seen = 0;
    std::vector<InventoryItem> liked;
    TRY(inventory_.visit(filter, after, slice, [&](InventoryItem&& item) {
      ++seen;
      after = item.id.value();
      if (wanted(item)) {
        liked.push_back(std::move(item));
      }
    }));
    for (InventoryItem& item : liked) {
      if (found.items.size() == page.limit) {
        found.next = found.items.back().id.value();
        return found;
      }
      found.items.push_back(std::move(item));
    }
    if (seen < slice) {
      return found;
    }
  }
  found.next = after;
  return found;
}

}  // namespace bramley
