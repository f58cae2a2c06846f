#include <array>
#include <utility>

#include "server/store/command_queue.h"
#include "server/store/delivery_state.h"
#include "server/store/enrollment_store.h"
#include "server/store/renewal_store.h"

namespace bramley {
namespace {

constexpr std::array all_enrollment_states = {EnrollmentState::pending, EnrollmentState::enrolled,
                                              EnrollmentState::checked_out};
constexpr std::array all_command_states = {CommandState::pending,
                                           CommandState::not_now,
                                           CommandState::acknowledged,
                                           CommandState::error,
                                           CommandState::command_format_error,
                                           CommandState::other,
                                           CommandState::cleared,
                                           CommandState::expired,
                                           CommandState::cancelled,
                                           CommandState::stuck};

}  // namespace

std::string_view enrollment_state_name(EnrollmentState state) {
  switch (state) {
    case EnrollmentState::pending:
      return "pending";
    case EnrollmentState::enrolled:
      return "enrolled";
    case EnrollmentState::checked_out:
      return "checked_out";
  }
  return "unknown";
}

Result<EnrollmentState> parse_enrollment_state(std::string_view name) {
  for (const auto state : all_enrollment_states) {
    if (enrollment_state_name(state) == name) {
      return state;
    }
  }
  return Error{ErrorCode::malformed, "read enrollment state: no state of that name",
               "it is one of pending, enrolled, checked_out"};
}

std::string_view dismissal_name(Dismissal dismissal) {
  switch (dismissal) {
    case Dismissal::none:
      return "none";
    case Dismissal::unenroll:
      return "unenroll";
    case Dismissal::block:
      return "block";
  }
  return "unknown";
}

std::string_view renewal_state_name(RenewalState state) {
  switch (state) {
    case RenewalState::due:
      return "due";
    case RenewalState::sent:
      return "sent";
    case RenewalState::failed:
      return "failed";
    case RenewalState::proving:
      return "proving";
    case RenewalState::proven:
      return "proven";
    case RenewalState::done:
      return "done";
    case RenewalState::cancelled:
      return "cancelled";
  }
  return "due";
}

Result<RenewalState> parse_renewal_state(std::string_view name) {
  for (const auto state :
       {RenewalState::due, RenewalState::sent, RenewalState::failed, RenewalState::proving,
        RenewalState::proven, RenewalState::done, RenewalState::cancelled}) {
    if (renewal_state_name(state) == name) {
      return state;
    }
  }
  return Error{ErrorCode::malformed, "no such renewal state: " + std::string(name)};
}

std::string_view renewal_origin_name(RenewalOrigin origin) {
  switch (origin) {
    case RenewalOrigin::expiry:
      return "expiry";
    case RenewalOrigin::asked:
      return "asked";
    case RenewalOrigin::device:
      return "device";
  }
  return "expiry";
}

std::string_view push_state_name(PushState state) {
  switch (state) {
    case PushState::ok:
      return "ok";
    case PushState::unregistered:
      return "unregistered";
  }
  return "unknown";
}

std::string_view command_state_name(CommandState state) {
  switch (state) {
    case CommandState::pending:
      return "pending";
    case CommandState::not_now:
      return "not_now";
    case CommandState::acknowledged:
      return "acknowledged";
    case CommandState::error:
      return "error";
    case CommandState::command_format_error:
      return "command_format_error";
    case CommandState::other:
      return "other";
    case CommandState::cleared:
      return "cleared";
    case CommandState::expired:
      return "expired";
    case CommandState::cancelled:
      return "cancelled";
    case CommandState::stuck:
      return "stuck";
  }
  return "unknown";
}

Result<CommandState> parse_command_state(std::string_view name) {
  for (const auto state : all_command_states) {
    if (command_state_name(state) == name) {
      return state;
    }
  }
  return Error{ErrorCode::malformed, "read command state: no state of that name"};
}

Result<CommandCount> parse_command_count(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, CommandCount>, 8> names = {
      {{"pending", CommandCount::pending},
       {"not_now", CommandCount::not_now},
       {"stuck", CommandCount::stuck},
       {"acknowledged", CommandCount::acknowledged},
       {"failed", CommandCount::failed},
       {"cleared", CommandCount::cleared},
       {"expired", CommandCount::expired},
       {"cancelled", CommandCount::cancelled}}};
  for (const auto& [known, count] : names) {
    if (known == name) {
      return count;
    }
  }
  return Error{ErrorCode::malformed, "no such status: " + std::string(name),
               "it is one of pending, not_now, stuck, acknowledged, failed, cleared, expired, "
               "cancelled"};
}

std::int64_t count_of(const CommandSummary& summary, CommandCount count) {
  switch (count) {
    case CommandCount::pending:
      return summary.pending;
    case CommandCount::not_now:
      return summary.not_now;
    case CommandCount::stuck:
      return summary.stuck;
    case CommandCount::acknowledged:
      return summary.acknowledged;
    case CommandCount::failed:
      return summary.failed;
    case CommandCount::cleared:
      return summary.cleared;
    case CommandCount::expired:
      return summary.expired;
    case CommandCount::cancelled:
      return summary.cancelled;
  }
  return 0;
}

bool counts(CommandCount count, CommandState state) {
  CommandSummary one;
  ++counter_of(one, state);
  count_apart(one, state, 1);
  return count_of(one, count) > 0;
}

}  // namespace bramley
