#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/confirmation.h"
#include "cli/connection.h"
#include "cli/desired_state/desired_plan.h"
#include "cli/session.h"

namespace bramley {
namespace {

using Action = PlannedStep::Action;

struct ApplyOptions {
  std::vector<std::string> files;
  bool prune = false;
  bool yes = false;
  bool dry_run = false;
};

std::string in_words(const PlannedStep& step) {
  std::string text;
  for (const DesiredDifference& difference : step.differences) {
    text.append(text.empty() ? "" : "; ").append(difference.key).append(": ");
    text.append(difference.from).append(" -> ").append(difference.to);
  }
  return text;
}

// `error`: null where it was done, or only planned.
Json described(Session& session, const PlannedStep& step, const Json& error) {
  Json object = {{"action", action_name(step.action)}, {"kind", step.kind}, {"name", step.name}};
  if (session.output().format() == OutputFormat::table) {
    object["changes"] = in_words(step);
    return object;
  }
  Json changes = Json::array();
  for (const DesiredDifference& one : step.differences) {
    changes.push_back({{"key", one.key}, {"from", one.from}, {"to", one.to}});
  }
  object["changes"] = std::move(changes);
  object["error"] = error;
  return object;
}

std::size_t count_of(const std::vector<PlannedStep>& steps, Action action) {
  return static_cast<std::size_t>(std::ranges::count(steps, action, &PlannedStep::action));
}

std::string summary(const std::vector<PlannedStep>& steps) {
  std::string text;
  for (const Action action : {Action::create, Action::change, Action::remove}) {
    if (const auto count = count_of(steps, action); count > 0) {
      text.append(text.empty() ? "" : ", ").append(action_name(action));
      text.append(" " + std::to_string(count));
    }
  }
  return text;
}

void print(Session& session, const Json& items) {
  session.output().list(
      items, {{"ACTION", "action"}, {"KIND", "kind"}, {"NAME", "name"}, {"CHANGES", "changes"}});
}

void print_plan(Session& session, const std::vector<PlannedStep>& steps) {
  Json items = Json::array();
  for (const PlannedStep& step : steps) {
    items.push_back(described(session, step, nullptr));
  }
  print(session, items);
}

// What one step fails at does not keep the others from being done.
CommandResult perform(Session& session, ApiClient& api, const std::vector<PlannedStep>& steps) {
  Json items = Json::array();
  std::size_t done = 0;
  std::optional<Error> first;
  std::size_t failed = 0;
  for (const PlannedStep& step : steps) {
    Status outcome = step.perform ? step.perform(api) : Status();
    Json error = nullptr;
    if (!outcome) {
      error = outcome.error().message;
      auto told = std::move(outcome).error().while_doing(std::string(action_name(step.action)) +
                                                         " " + step.kind + " " + step.name);
      session.report(told);
      ++failed;
      if (!first) {
        first = std::move(told);
      }
    } else if (step.perform) {
      ++done;
    }
    items.push_back(described(session, step, error));
  }
  if (session.output().format() != OutputFormat::table) {
    print(session, items);
  }
  if (!first) {
    session.note("done: " + summary(steps));
    return ExitCode::done;
  }
  if (done == 0) {
    return *std::move(first);
  }
  return {ExitCode::partly_done,
          Error{first->code,
                std::to_string(failed) + " of " + std::to_string(failed + done) + " failed",
                "the same command again does what is left"}};
}

std::optional<CommandResult> ask_before_removal(Session& session, const ApplyOptions& options,
                                                const std::vector<PlannedStep>& steps) {
  const auto removed = count_of(steps, Action::remove);
  if (removed == 0) {
    return std::nullopt;
  }
  return unless_confirmed(
      session, options.yes,
      {"remove what the files do not have",
       std::to_string(removed) + " would go, with what waits for them", "Remove?"});
}

CommandResult apply_plan(Session& session, const ApplyOptions& options, ApiClient& api,
                         DesiredPlan& plan) {
  TRY_ASSIGN(const auto steps, plan.steps(api, options.prune ? DesiredPlan::Others::prune
                                                             : DesiredPlan::Others::leave_alone));
  const std::string what = summary(steps);
  if (options.dry_run || what.empty() || session.output().format() == OutputFormat::table) {
    print_plan(session, steps);
  }
  if (what.empty()) {
    session.note("nothing to do");
    return ExitCode::done;
  }
  if (options.dry_run) {
    session.note("would " + what);
    return ExitCode::would_change;
  }
  if (auto ended = ask_before_removal(session, options, steps)) {
    return *std::move(ended);
  }
  return perform(session, api, steps);
}

CommandResult apply(Session& session, const ApplyOptions& options) {
  if (options.files.empty()) {
    return CommandResult::usage("--file is needed: what should be there",
                                "'bramley export' writes such a file");
  }
  DesiredPlan plan;
  for (const std::string& file : options.files) {
    if (Status read = plan.read(file, session.environment()); !read) {
      const bool wrong = read.error().code == ErrorCode::malformed;
      return wrong ? CommandResult::usage(std::move(read).error())
                   : CommandResult(std::move(read).error());
    }
  }
  return with_server(session,
                     [&](ApiClient& api) { return apply_plan(session, options, api, plan); });
}

}  // namespace

void add_apply(CommandNode& root) {
  auto options = std::make_shared<ApplyOptions>();
  CommandNode& node = root.add("apply", "Make the server as files say");
  node.describe(
      "The files are YAML or JSON: objects with a kind, with '---' between them or in a list. The "
      "plan is printed, and done: what is missing is created, what differs is changed, and the "
      "rest is left. Done twice, the second time does nothing.\n\n"
      "kind: Webhook has name, url, format (nanomdm or micromdm), redact (false), idle (true), and "
      "hmac_key: env:NAME or @FILE, relative to the file; without it, requests are not signed.\n\n"
      "What is on the server and in no file is left alone, unless --prune says otherwise, and then "
      "only what is of a kind that the files have. Webhooks that are flags of the server are not "
      "touched.");
  node.talks_to_server().prints_data();
  node.flag({.name = "file",
             .letter = 'f',
             .value = "FILE",
             .help = "What should be there; may be repeated, and - is standard input"},
            options->files);
  node.flag({.name = "prune",
             .help = "Remove what is on the server and in no file, of the kinds that they have"},
            options->prune);
  node.flag({.name = "yes", .help = "Remove without being asked"}, options->yes);
  node.flag({.name = "dry-run", .help = "Print the plan (exit 8 when there is something to do)"},
            options->dry_run);
  node.example("bramley apply -f fleet.yaml --dry-run", "What would be done; exit 0: nothing.");
  node.example("bramley apply -f fleet.yaml --prune --yes",
               "In a pipeline: the file is all that there is.");
  node.run([options](Session& session) { return apply(session, *options); });
}

}  // namespace bramley
