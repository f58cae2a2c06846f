#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/mdm/command.h"
#include "server/store/page.h"

namespace bramley {

// What became of one command for one enrollment. `cleared`: dropped by a fresh enrollment before it
// was settled.
enum class CommandState {
  pending,
  not_now,
  acknowledged,
  error,
  command_format_error,
  other,
  cleared
};
std::string_view command_state_name(CommandState state);  // "pending", "not_now", …
Result<CommandState> parse_command_state(std::string_view name);

struct CommandSummary {
  std::string uuid = {};
  std::string request_type = {};
  Timestamp created_at = {};
  // Counts over its enrollments.
  std::int64_t targets = 0;
  std::int64_t pending = 0;  // not_now ones included
  std::int64_t acknowledged = 0;
  std::int64_t failed = 0;  // error, command_format_error, other
  std::int64_t cleared = 0;
};
struct CommandDelivery {
  std::string enrollment_id = {};
  std::string command_uuid = {};
  std::string request_type = {};
  CommandState state = CommandState::pending;
  std::string status_text = {};  // as the device wrote it; empty while pending
  Timestamp queued_at = {};
  std::optional<Timestamp> reported_at = {};
  // The report's plist, opened; empty while there is none. Only filled by `results`.
  Bytes report = {};
};
struct CommandFilter {
  std::string enrollment_id = {};  // empty: any
  std::string request_type = {};
  std::optional<Timestamp> since = {};
};

// One queue an enrollment. First in, first out; a command is in it until a final report for it is
// durable.
class CommandQueue {
 public:
  virtual ~CommandQueue() = default;

  struct Refusal {
    std::string enrollment_id;
    Error error;
  };
  // Stores the command once and one row per enrollment, all in one transaction (in chunks inside
  // it). The refused ids (unknown, checked out, named twice: once is enough and no refusal) do not
  // keep the others out; if all are refused nothing is stored. conflict: the UUID exists.
  // malformed: no id at all.
  virtual Result<std::vector<Refusal>> enqueue(std::span<const std::string> enrollment_ids,
                                               const Command& command, Timestamp now) = 0;

  // Records the report and picks the next command, in one transaction (for Idle none at all, but
  // for the first one after a NotNow).
  // - Final: the delivery is settled. A retry, or a UUID never queued for it, changes nothing.
  // - NotNow: the command is parked, and held until the next Idle: not offered again in this
  // conversation (traps 20, 21). Parked again, it goes behind the other parked ones, so that none
  // waits for ever behind one that is always put off.
  // - Idle: a new conversation, in which nothing is held.
  // What follows: the commands never offered, in order; then the parked ones that are not held, but
  // not after NotNow. So one conversation with a willing device empties its queue. A delivered
  // command without an answer is delivered again. An enrollment that is unknown, or checked out,
  // gets none.
  virtual Result<std::optional<Command>> settle_and_next(const CommandReport& report,
                                                         Timestamp now) = 0;

  virtual Result<std::optional<CommandSummary>> find(std::string_view uuid) const = 0;
  virtual Result<std::optional<Command>> command(std::string_view uuid) const = 0;
  // Newest first.
  virtual Result<Page<CommandSummary>> list(const CommandFilter& filter,
                                            const PageRequest& page) const = 0;
  // Deliveries of one command with their reports, in the order in which the enrollments were first
  // seen. not_found: no such command.
  virtual Result<Page<CommandDelivery>> results(std::string_view uuid,
                                                const PageRequest& page) const = 0;
  // What waits for one enrollment, in the order it will be offered (parked ones last).
  virtual Result<Page<CommandDelivery>> queue(std::string_view enrollment_id,
                                              const PageRequest& page) const = 0;
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
  // Settles all that waits as `cleared`.
  virtual Status clear(std::string_view enrollment_id, Timestamp now) = 0;
};

}  // namespace bramley
