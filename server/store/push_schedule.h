#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"

namespace bramley {

// Who tells the devices of a command that is being queued.
struct PushOrder {
  enum class By {
    nobody,  // they find it when they come by themselves
    caller,  // it pushes at once and settles with `ticket`; if it never does, the schedule takes
             // over after PushSchedule::time_of_caller
    dispatcher,  // whoever serves the schedule
  } by = By::nobody;
  std::int64_t ticket = 0;  // any number but 0, for `caller`
};

// An enrollment that can be pushed now.
struct DuePush {
  std::int64_t enrollment = 0;  // what the store knows it by
  std::string enrollment_id = {};
  std::string topic = {};
  std::string push_magic = {};
  Bytes token = {};
  // Of its schedule; as for a first push where there is none.
  Timestamp due_at = {};
  std::int64_t sends = 0;     // that Apple took, since the last command was queued
  std::int64_t failures = 0;  // in a row
};

// What a push came to.
struct PushSettlement {
  std::int64_t enrollment = 0;
  std::int64_t ticket = 0;
  Timestamp due_at = {};
  std::int64_t sends = 0;
  std::int64_t failures = 0;
  // Apple: this token is no longer good, and was not at `unregistered_at`.
  struct Unregistered {
    Bytes token;
    Timestamp unregistered_at;
  };
  std::optional<Unregistered> unregistered = {};
};

// When which enrollment is pushed (again), as long as commands wait for it. An enrollment comes in
// with a command that is queued, or a TokenUpdate while some wait; it leaves with the report that
// empties its queue. After a NotNow with nothing else to offer it is put off for hours: the device
// comes back by itself.
//
// One push an enrollment is under way at a time, whoever serves: to claim is to put the due time
// off under a ticket, and only the holder of the last ticket settles. A command that is queued
// meanwhile takes the ticket away and is due on its own account, so its push is never swallowed.
class PushSchedule {
 public:
  virtual ~PushSchedule() = default;

  // Commands that are queued within that time after a push share the next one.
  static constexpr std::chrono::seconds coalescing{2};
  static constexpr std::chrono::seconds time_of_caller{30};
  // After NotNow: so much, and up to half of it more, unlike for each enrollment.
  static constexpr std::chrono::hours after_not_now{4};

  // Takes up to `limit` that are due, the longest due first. They are due again at `lease_end`
  // unless they are settled. Drops what needs no push: nothing waits, no good token, not enrolled.
  virtual Result<std::vector<DuePush>> claim(Timestamp now, std::size_t limit, Timestamp lease_end,
                                             std::int64_t ticket) = 0;
  // Each as its ticket allows: one that was taken away, or is gone, changes nothing but what
  // `unregistered` says: when that is newer than the token, and the token still the enrollment's,
  // its push_state is `unregistered` until the next TokenUpdate.
  virtual Status settle(std::span<const PushSettlement> settlements, Timestamp now) = 0;
  // When the next one is due. None: nobody is scheduled.
  virtual Result<std::optional<Timestamp>> next_due() const = 0;

  // Where those ids can be pushed, in their order, scheduled or not. not_found: no such enrollment.
  // conflict: it has no push token, is checked out, or unregistered with Apple.
  virtual Result<std::vector<Result<DuePush>>> addresses(
      std::span<const std::string> enrollment_ids) const = 0;
};

// When an enrollment that answered NotNow is pushed again.
Timestamp push_after_not_now(std::int64_t enrollment, Timestamp now);

}  // namespace bramley
