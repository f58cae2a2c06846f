#pragma once

#include "server/store/command_queue.h"

namespace bramley {

// What a report makes of its delivery. Idle settles nothing and has no business here. Private to
// the folder.
inline CommandState state_after(ReportStatus status) {
  switch (status) {
    case ReportStatus::idle:
      return CommandState::pending;
    case ReportStatus::not_now:
      return CommandState::not_now;
    case ReportStatus::acknowledged:
      return CommandState::acknowledged;
    case ReportStatus::error:
      return CommandState::error;
    case ReportStatus::command_format_error:
      return CommandState::command_format_error;
    case ReportStatus::other:
      return CommandState::other;
  }
  return CommandState::other;
}

// Whether the enrollment may still be offered it.
inline bool is_waiting(CommandState state) {
  return state == CommandState::pending || state == CommandState::not_now ||
         state == CommandState::stuck;
}
// Whether an answer that comes all the same says more than this state does: the device had it.
inline bool may_be_answered_late(CommandState state) {
  return state == CommandState::expired || state == CommandState::cancelled;
}

// Parked commands are offered in the order of their positions; the stuck ones' begin here, so that
// they come last.
inline constexpr std::int64_t first_stuck_position = std::int64_t{1} << 40;

// Where a summary counts a delivery in that state.
inline std::int64_t& counter_of(CommandSummary& summary, CommandState state) {
  switch (state) {
    case CommandState::pending:
    case CommandState::not_now:
    case CommandState::stuck:
      return summary.pending;
    case CommandState::acknowledged:
      return summary.acknowledged;
    case CommandState::error:
    case CommandState::command_format_error:
    case CommandState::other:
      return summary.failed;
    case CommandState::cleared:
      return summary.cleared;
    case CommandState::expired:
      return summary.expired;
    case CommandState::cancelled:
      return summary.cancelled;
  }
  return summary.failed;
}

// Of those that wait, the ones that it counts apart, too.
inline void count_apart(CommandSummary& summary, CommandState state, std::int64_t change) {
  if (state == CommandState::not_now) {
    summary.not_now += change;
  } else if (state == CommandState::stuck) {
    summary.stuck += change;
  }
}

}  // namespace bramley
