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

// Where a summary counts a delivery in that state.
inline std::int64_t& counter_of(CommandSummary& summary, CommandState state) {
  switch (state) {
    case CommandState::pending:
    case CommandState::not_now:
      return summary.pending;
    case CommandState::acknowledged:
      return summary.acknowledged;
    case CommandState::error:
    case CommandState::command_format_error:
    case CommandState::other:
      return summary.failed;
    case CommandState::cleared:
      return summary.cleared;
  }
  return summary.failed;
}

}  // namespace bramley
