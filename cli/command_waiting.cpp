#include "cli/command_waiting.h"

#include <nlohmann/json.hpp>

#include "cli/command_waiter.h"
#include "cli/flag_reader.h"
#include "cli/interruption.h"

namespace bramley {
namespace {

using Outcome = CommandWaiter::Outcome;

std::string way_on(const WaitedCommand& command) {
  return "the command stays queued: 'bramley command results " + command.uuid +
         " --wait' goes on waiting";
}

std::string progress_line(const Outcome& outcome, std::int64_t targets) {
  const std::int64_t waiting = targets - outcome.acknowledged - outcome.failed;
  std::string line = devices_in_words(targets) + ": " + std::to_string(outcome.acknowledged) +
                     " done, " + std::to_string(outcome.failed) + " failed, " +
                     std::to_string(waiting) + " waiting";
  return outcome.not_now == 0 ? line : line + " (" + std::to_string(outcome.not_now) + " NotNow)";
}

// Why the waiting ended before all had answered.
CommandResult ended_early(const Session& session, const WaitedCommand& command,
                          const Outcome& outcome, std::int64_t targets) {
  const std::string missing = std::to_string(targets - outcome.acknowledged - outcome.failed);
  const std::string of_all = " of " + devices_in_words(targets + command.refused);
  if (outcome.interrupted) {
    return {ExitCode::failed,
            Error{ErrorCode::unavailable, "interrupted: " + missing + of_all + " have not answered",
                  way_on(command)}};
  }
  return {ExitCode::timed_out, Error{ErrorCode::unavailable,
                                     "no answer from " + missing + of_all + " within " +
                                         format_duration(session.flags().timeout),
                                     way_on(command)}};
}

CommandResult judge(const Session& session, const WaitedCommand& command, const Outcome& outcome) {
  const std::int64_t targets = outcome.targets > 0 ? outcome.targets : command.targets;
  if (outcome.interrupted || outcome.timed_out) {
    return ended_early(session, command, outcome, targets);
  }
  const std::int64_t all = targets + command.refused;
  if (outcome.acknowledged == all) {
    return ExitCode::done;
  }
  return {outcome.acknowledged == 0 ? ExitCode::failed : ExitCode::partly_done,
          Error{ErrorCode::conflict, std::to_string(outcome.acknowledged) + " of " +
                                         devices_in_words(all) + " acknowledged the " +
                                         command.request_type}};
}

}  // namespace

CommandResult wait_for_results(Session& session, ApiClient& api, const WaitedCommand& command,
                               const ResultView& view, bool fail_fast) {
  const Surroundings& surroundings = session.surroundings();
  Interruption interruption;
  ResultPrinter printer(session, view);
  CommandWaiter waiter(
      api, {surroundings.elapsed, surroundings.sleep, [&] { return interruption.has_come(); }},
      {[&](const Json& result) {
         session.progress({});
         printer.add(result);
       },
       [&](const Outcome& outcome) {
         session.progress(
             progress_line(outcome, outcome.targets > 0 ? outcome.targets : command.targets));
       }});
  const auto outcome =
      waiter.wait(command.uuid, session.flags().timeout,
                  fail_fast ? CommandWaiter::OnFailure::stop : CommandWaiter::OnFailure::go_on);
  session.progress({});
  if (!outcome) {
    printer.abandon();
    return outcome.error();
  }
  printer.finish();
  return judge(session, command, *outcome);
}

}  // namespace bramley
