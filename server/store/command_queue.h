#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/mdm/command.h"
#include "server/store/page.h"
#include "server/store/push_schedule.h"
#include "server/store/token_store.h"

namespace bramley {

// What became of one command for one enrollment. `cleared`: dropped by a fresh enrollment before it
// was settled. `expired`: its time was over before it was answered. `cancelled`: an administrator
// took it back. `stuck`: delivered deliveries_until_stuck times without an answer; it waits still,
// behind all others.
enum class CommandState {
  pending,
  not_now,
  acknowledged,
  error,
  command_format_error,
  other,
  cleared,
  expired,
  cancelled,
  stuck
};
std::string_view command_state_name(CommandState state);  // "pending", "not_now", …
Result<CommandState> parse_command_state(std::string_view name);

// How a command waits.
struct CommandTerms {
  // Higher goes first; equals go in the order of their queueing.
  std::int64_t priority = 0;
  // From then on it is delivered to nobody.
  std::optional<Timestamp> expires_at = {};
  // Who tells the devices.
  PushOrder push = {};
  // The token that it came with.
  TokenName created_by = {};
};
inline constexpr std::int64_t lowest_priority = -100;
inline constexpr std::int64_t highest_priority = 100;
// So often in a row a command is delivered in its turn without an answer.
inline constexpr std::int64_t deliveries_until_stuck = 10;

// For more enrollments than these, a command's rows are written in steps: each some 20 ms of a
// writer's time.
inline constexpr std::size_t targets_at_once = 1000;

struct CommandSummary {
  std::string uuid = {};
  std::string request_type = {};
  Timestamp created_at = {};
  TokenName created_by = {};
  std::int64_t priority = 0;
  std::optional<Timestamp> expires_at = {};
  // Counts over its enrollments; they stay when results are forgotten.
  std::int64_t targets = 0;
  std::int64_t pending = 0;  // not_now and stuck ones included
  std::int64_t not_now = 0;
  std::int64_t stuck = 0;
  std::int64_t acknowledged = 0;
  std::int64_t failed = 0;  // error, command_format_error, other
  std::int64_t cleared = 0;
  std::int64_t expired = 0;
  std::int64_t cancelled = 0;
};
struct CommandDelivery {
  std::string enrollment_id = {};
  std::string command_uuid = {};
  std::string request_type = {};
  CommandState state = CommandState::pending;
  std::string status_text = {};  // as the device wrote it; empty while pending
  Timestamp queued_at = {};
  std::optional<Timestamp> reported_at = {};
  // Deliveries since the last answer. Only filled by `queue`.
  std::int64_t unanswered = 0;
  // The report's plist, opened; empty while there is none, or where it was left out. Only filled by
  // `results` and `result`.
  Bytes report = {};
  std::int64_t report_size = 0;  // of the plist, also where it was left out
};
// What a summary counts: deliveries in one state, or in several that are alike.
enum class CommandCount {
  pending,  // whatever waits
  not_now,
  stuck,
  acknowledged,
  failed,
  cleared,
  expired,
  cancelled
};
// malformed: no such count ("pending", "failed", …).
Result<CommandCount> parse_command_count(std::string_view name);
std::int64_t count_of(const CommandSummary& summary, CommandCount count);
// Whether it counts deliveries in that state.
bool counts(CommandCount count, CommandState state);

struct CommandFilter {
  std::string enrollment_id = {};  // empty: any
  std::string request_type = {};
  std::optional<Timestamp> since = {};
  // With a delivery at least that is counted so.
  std::optional<CommandCount> status = {};
};
// A page with a status looks at so many rows at most: it may be short, even empty, and not the
// last.
inline constexpr std::size_t rows_looked_at = 5000;

// A delivery where the log of what was settled has it.
struct SettledDelivery {
  std::int64_t position = 0;
  CommandDelivery delivery = {};
};

// How much of what is settled is kept. None: all.
struct HistoryLimits {
  std::optional<std::chrono::seconds> age = {};  // since it was settled
  std::optional<std::int64_t> results = {};      // of all commands and enrollments together
};

// One queue an enrollment. By priority, then first in, first out; a command is in it until a final
// report for it is durable, it expires, or it is cancelled.
class CommandQueue {
 public:
  virtual ~CommandQueue() = default;

  struct Refusal {
    std::string enrollment_id;
    Error error;
  };
  // Stores the command once and one row per enrollment. It is there for all of them or for none,
  // even after a crash; for more than targets_at_once they are written in steps between which other
  // work goes on, and finish_enqueueing() goes on with what was cut short. The refused ids
  // (unknown, checked out, named twice: once is enough and no refusal) do not keep the others out;
  // if all are refused nothing is stored. Who tells the devices is part of the transaction.
  // conflict: the UUID exists. malformed: no id at all.
  virtual Result<std::vector<Refusal>> enqueue(std::span<const std::string> enrollment_ids,
                                               const Command& command, Timestamp now,
                                               const CommandTerms& terms = {}) = 0;
  virtual Status finish_enqueueing() = 0;

  // Records the report and picks the next command, in one transaction (for Idle none at all, but
  // for the first one after a NotNow).
  // - Final: the delivery is settled; also one that is stuck, or had expired or been cancelled
  // meanwhile. A retry, or a UUID never queued for it, changes nothing.
  // - NotNow: the command is parked, and held until the next Idle: not offered again in this
  // conversation (traps 20, 21). Parked again, it goes behind the other parked ones, so that none
  // waits for ever behind one that is always put off.
  // - Idle: a new conversation, in which nothing is held.
  // What follows: the commands never put off, in order; then the parked ones that are not held, and
  // at last the stuck ones in turn, but neither after NotNow. So one conversation with a willing
  // device empties its queue. A delivered command without an answer is delivered again, and
  // becomes stuck at the limit. Those that have expired are settled instead of delivered. An
  // enrollment that is unknown, or checked out, gets none.
  virtual Result<std::optional<Command>> settle_and_next(const CommandReport& report,
                                                         Timestamp now) = 0;

  virtual Result<std::optional<CommandSummary>> find(std::string_view uuid) const = 0;
  virtual Result<std::optional<Command>> command(std::string_view uuid) const = 0;
  // What follows a position in the log of what was settled of one command, `limit` at most; 0: from
  // its beginning. Each delivery is in it once, when it was settled first; it is shown as it is
  // now, with its report if that has at most `largest_report` bytes. What is forgotten is not in
  // it. not_found: no such command.
  virtual Result<std::vector<SettledDelivery>> settled(std::string_view uuid, std::int64_t after,
                                                       std::size_t limit,
                                                       std::int64_t largest_report) const = 0;
  // Newest first.
  virtual Result<Page<CommandSummary>> list(const CommandFilter& filter,
                                            const PageRequest& page) const = 0;
  // Deliveries of one command, in the order in which the enrollments were first seen, with those
  // reports that have at most `largest_report` bytes; those that `status` counts, or all.
  // not_found: no such command.
  virtual Result<Page<CommandDelivery>> results(
      std::string_view uuid, const PageRequest& page,
      std::int64_t largest_report = std::numeric_limits<std::int64_t>::max(),
      std::optional<CommandCount> status = {}) const = 0;
  // One of them, with its report.
  virtual Result<std::optional<CommandDelivery>> result(std::string_view uuid,
                                                        std::string_view enrollment_id) const = 0;
  // What waits for one enrollment, in the order it will be offered (parked ones last, and stuck
  // ones behind them).
  virtual Result<Page<CommandDelivery>> queue(std::string_view enrollment_id,
                                              const PageRequest& page) const = 0;
  // Settles all that waits for one enrollment as `cancelled`. How many that were.
  virtual Result<std::int64_t> clear(std::string_view enrollment_id, Timestamp now) = 0;
  // Settles what waits of one command as `cancelled`, for one enrollment or (empty) for all, in
  // steps. How many that were. not_found: no such command.
  virtual Result<std::int64_t> cancel(std::string_view uuid, std::string_view enrollment_id,
                                      Timestamp now) = 0;

  // Work in the background, a step each: at most `limit` of them; what they return is how many they
  // did, less than `limit` when nothing is left to do.
  // Settles as `expired` what waits past its time.
  virtual Result<std::int64_t> expire(Timestamp now, std::int64_t limit) = 0;
  // Deletes settled deliveries with their reports, oldest first, and commands that have none left.
  // Never what waits; the counts of a command stay as they were.
  virtual Result<std::int64_t> forget(const HistoryLimits& limits, Timestamp now,
                                      std::int64_t limit) = 0;

  // A count over all queues, in steps so that none takes long.
  struct Census {
    std::int64_t waiting = 0;  // never offered, or offered and not answered
    std::int64_t parked = 0;   // put off with NotNow
    bool complete = false;
    // Where the next step goes on; the store's own.
    bool counting_parked = false;
    std::int64_t after = -1;
  };
  // Goes on with `census` for about `rows` rows (more only where one enrollment alone has more).
  // What changes meanwhile may be counted or not. On an Error the census is as it was.
  virtual Status count_some(Census& census, std::int64_t rows) const = 0;
};

}  // namespace bramley
