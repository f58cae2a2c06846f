#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command_builder.h"
#include "cli/command_recipients.h"
#include "cli/command_source.h"
#include "cli/command_waiting.h"
#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/destructive_commands.h"
#include "cli/result_printer.h"
#include "cli/session.h"
#include "core/base/encoding.h"

namespace bramley {
namespace {

struct SendOptions {
  CommandSource source;
  RecipientOptions recipients;
  std::optional<std::chrono::seconds> ttl;
  std::int64_t priority = 0;
  bool yes = false;
  bool no_push = false;
  bool no_validate = false;
  bool wait = false;
  bool fail_fast = false;
  ResultView view;
  bool dry_run = false;
};

// What was sent, and what the server took of it.
struct Sent {
  std::string uuid;
  std::string request_type;
  std::int64_t queued = 0;
  Json refused = Json::array();
  Json answer;
};

Json what_is_sent(const SendOptions& options, const Command& command,
                  const std::vector<std::string>& targets) {
  return {{"dry_run", true},
          {"command_uuid", command.uuid},
          {"request_type", command.request_type},
          {"all_devices", options.recipients.named.all},
          {"targets", targets},
          {"priority", options.priority},
          {"ttl", options.ttl ? Json(format_duration(*options.ttl)) : Json(nullptr)},
          {"plist", encode_base64(command.plist)}};
}

CommandResult show_only(Session& session, const SendOptions& options, const Command& command,
                        const std::vector<std::string>& targets) {
  if (session.output().format() == OutputFormat::table) {
    session.note("would send this " + command.request_type + " to " +
                 recipients_in_words(options.recipients, targets));
    session.output().raw(command.plist);
  } else {
    session.output().record(what_is_sent(options, command, targets));
  }
  return ExitCode::would_change;
}

Json request_body(const SendOptions& options, const Command& command,
                  const std::vector<std::string>& targets) {
  Json body = recipients_body(options.recipients, targets);
  if (options.recipients.expect_count >= 0) {
    body["expect_count"] = options.recipients.expect_count;
  }
  if (is_destructive(command.request_type) && !options.recipients.select.empty()) {
    body["max_age"] = format_duration(options.recipients.max_age.value_or(usual_max_age));
  }
  body["plist"] = encode_base64(command.plist);
  body["push"] = !options.no_push;
  if (options.priority != 0) {
    body["priority"] = options.priority;
  }
  if (options.ttl) {
    body["ttl"] = format_duration(*options.ttl);
  }
  return body;
}

// When every target was refused: a line for each, or, for a single one, its reason.
Error all_refused(Session& session, ApiClient& api, const std::string& target,
                  const HttpResponse& response) {
  Error error = api.error_of("POST", target, response);
  const auto problem = parse_json(as_text(response.body));
  const Json refused = problem ? array_member(*problem, "refused") : Json::array();
  if (refused.size() == 1) {
    error.message = text_member(refused.front(), "message");
  } else {
    report_refusals(session, refused);
  }
  return error;
}

Result<Sent> post_command(Session& session, ApiClient& api, const Command& command,
                          const Json& body) {
  const std::string target = "/api/v1/commands";
  TRY_ASSIGN(const HttpResponse response,
             api.send("POST", target, to_bytes(write_json(body, -1)), "application/json"));
  if (response.status != 200 && response.status != 201) {
    return all_refused(session, api, target, response);
  }
  auto answer = parse_json(as_text(response.body));
  if (!answer || !answer->is_object()) {
    return Error{ErrorCode::unavailable, "POST " + target + ": the server answered no JSON",
                 "the command may have been queued: see 'bramley command list'"};
  }
  Sent sent{command.uuid, command.request_type, integer_member(*answer, "queued"),
            array_member(*answer, "refused"), *answer};
  if (session.output().format() == OutputFormat::table) {
    report_refusals(session, sent.refused);
  }
  return sent;
}

void warn_of_pushes(Session& session, const Sent& sent) {
  const Json errors = array_member(any_member(sent.answer, "push"), "errors");
  if (!errors.empty()) {
    session.warn(devices_in_words(static_cast<std::int64_t>(errors.size())) +
                 " could not be woken and will find the command at the next connection: " +
                 text_member(errors.front(), "message"));
  }
}

CommandResult judge_refusals(const Sent& sent) {
  if (sent.refused.empty()) {
    return ExitCode::done;
  }
  return {ExitCode::partly_done,
          Error{ErrorCode::conflict,
                "" + devices_in_words(static_cast<std::int64_t>(sent.refused.size())) +
                    " refused, the first because " + text_member(sent.refused.front(), "message")}};
}

CommandResult print_sent(Session& session, const Sent& sent) {
  if (session.output().format() == OutputFormat::table) {
    session.output().record({{"command_uuid", sent.uuid},
                             {"request_type", sent.request_type},
                             {"queued_for", devices_in_words(sent.queued)}});
    session.note("'bramley command results " + sent.uuid + "' shows the answers");
  } else {
    session.output().record(sent.answer);
  }
  return judge_refusals(sent);
}

CommandResult wait_for_answers(Session& session, ApiClient& api, const SendOptions& options,
                               const Sent& sent) {
  return wait_for_results(session, api,
                          {.uuid = sent.uuid,
                           .request_type = sent.request_type,
                           .targets = sent.queued,
                           .refused = static_cast<std::int64_t>(sent.refused.size())},
                          options.view, options.fail_fast);
}

Status check_terms(const SendOptions& options) {
  constexpr std::int64_t most = 100;
  if (options.priority < -most || options.priority > most) {
    return Error{ErrorCode::malformed,
                 "--priority " + std::to_string(options.priority) + ": not from -100 to 100"};
  }
  if (options.ttl &&
      (*options.ttl <= std::chrono::seconds(0) || *options.ttl > std::chrono::hours(24 * 365))) {
    return Error{ErrorCode::malformed, "--ttl: not from 1s to 365d"};
  }
  return {};
}

// The server has the unlock tokens, and puts each device's own in.
bool lacks_token(const Command& command, const PlistDictionary& keys) {
  return command.request_type == "ClearPasscode" && keys.find("UnlockToken") == nullptr;
}

Result<std::vector<CommandFinding>> findings_of(const Command& command,
                                                const std::vector<CommandTarget>& targets) {
  TRY_ASSIGN(const PlistDictionary keys, command_keys(command));
  auto findings = check_command(CommandCatalogue::apple(), keys, targets);
  if (lacks_token(command, keys)) {
    std::erase_if(findings,
                  [](const CommandFinding& finding) { return finding.key == "UnlockToken"; });
  }
  return findings;
}

// What is wrong whoever gets it, as the newest systems would say: it needs no server.
Status check_whoever_gets_it(Session& session, const Command& command) {
  std::vector<CommandTarget> newest;
  for (const Platform platform : all_platforms) {
    CommandTarget target;
    target.platform = platform;
    target.os_version = OsVersion::parse("999");
    newest.push_back(std::move(target));
  }
  TRY_ASSIGN(auto findings, findings_of(command, newest));
  std::erase_if(findings, [](const CommandFinding& finding) {
    return finding.severity != CommandFinding::Severity::fault;
  });
  return judge_findings(session, command.request_type, findings);
}

Status check_before_sending(Session& session, const Command& command,
                            const std::vector<CommandTarget>& targets) {
  TRY_ASSIGN(const PlistDictionary keys, command_keys(command));
  TRY_ASSIGN(const auto findings, findings_of(command, targets));
  if (lacks_token(command, keys)) {
    session.note("the server puts in the unlock token that each device escrowed");
  }
  return judge_findings(session, command.request_type, findings);
}

// What the server knows of those who are meant is checked before anything is sent to them.
CommandResult send_to(Session& session, ApiClient& api, SendOptions& options,
                      const Command& command, const std::vector<std::string>& targets) {
  TRY_ASSIGN(const Json selected, ask_recipients(api, options.recipients, targets, 1, ""));
  if (!options.no_validate) {
    if (Status checked = check_before_sending(session, command, kinds_of_recipients(selected));
        !checked) {
      return CommandResult::usage(std::move(checked).error());
    }
  }
  if (options.dry_run) {
    return show_selected(session, api, options.recipients, what_is_sent(options, command, targets));
  }
  const Json known = selected.is_null() ? Json::object() : selected;
  if (auto refused = unless_permitted(session, command.request_type, options.recipients, targets,
                                      options.yes, known)) {
    return *std::move(refused);
  }
  note_stale(session, options.recipients, selected);
  TRY_ASSIGN(const Sent sent,
             post_command(session, api, command, request_body(options, command, targets)));
  warn_of_pushes(session, sent);
  return options.wait ? wait_for_answers(session, api, options, sent) : print_sent(session, sent);
}

CommandResult send_command(Session& session, const SendOptions& given) {
  SendOptions options = given;
  if (!options.wait && (options.fail_fast || options.view.summary || options.view.show_secrets)) {
    return CommandResult::usage(options.fail_fast      ? "--fail-fast needs --wait"
                                : options.view.summary ? "--summary needs --wait"
                                                       : "--show-secrets needs --wait");
  }
  if (Status checked = check_terms(options); !checked) {
    return CommandResult::usage(std::move(checked).error());
  }
  auto targets = read_recipients(options.recipients);
  if (!targets) {
    return CommandResult::usage(std::move(targets).error());
  }
  auto command = read_command(session, options.source);
  if (!command) {
    return CommandResult::usage(std::move(command).error());
  }
  const bool is_offline = options.dry_run && options.recipients.select.empty();
  if (!options.no_validate) {
    Status checked = is_offline ? check_before_sending(session, *command, {})
                                : check_whoever_gets_it(session, *command);
    if (!checked) {
      return CommandResult::usage(std::move(checked).error());
    }
  }
  if (is_offline) {
    return show_only(session, options, *command, *targets);
  }
  if (!options.dry_run) {
    if (auto refused = unless_permitted(session, command->request_type, options.recipients,
                                        *targets, options.yes, nullptr)) {
      return *std::move(refused);
    }
  }
  return with_server(
      session, [&](ApiClient& api) { return send_to(session, api, options, *command, *targets); });
}

void add_flags(CommandNode& send, SendOptions& options) {
  send.positional({.name = "TYPE|FILE|-",
                   .help = "A request type (DeviceInformation), the file of a whole command, or - "
                           "for one from standard input"},
                  options.source.what);
  add_recipient_flags(send, options.recipients);
  send.flag({.name = "yes", .help = "Do not ask back"}, options.yes);
  add_parameter_flags(send, options.source.parameters);
  send.flag(
      {.name = "ttl",
       .value = "DURATION",
       .help = "How long it may wait (7d): what has not been answered then has expired and is "
               "not delivered any more",
       .default_text = "for ever"},
      options.ttl);
  send.flag({.name = "priority",
             .value = "N",
             .help = "From -100 to 100: higher goes first, equals in the order of their sending"},
            options.priority);
  send.flag(
      {.name = "no-validate", .help = "Send it whatever Apple's catalogue says of it: unchecked"},
      options.no_validate);
  send.flag({.name = "no-push", .help = "Do not wake the devices: they find it when they connect"},
            options.no_push);
  send.flag({.name = "wait", .help = "Wait for the answers, for --timeout at most, and print them"},
            options.wait);
  send.flag({.name = "fail-fast", .help = "With --wait: stop at the first device that fails"},
            options.fail_fast);
  add_result_view_flags(send, options.view);
  send.flag({.name = "dry-run", .help = "Print the command instead of sending it (exit 8)"},
            options.dry_run);
}

}  // namespace

void add_command_send(CommandNode& command) {
  auto options = std::make_shared<SendOptions>();
  CommandNode& send = command.add("send", "Queue a command for devices");
  send.describe(
      "A name without '.' and '/' is a request type; everything else is a file with the command: a "
      "property list, which is sent byte for byte (a CommandUUID is added when it has none), YAML "
      "or JSON.\n\n"
      "Values of --set take the type that Apple gives the key, as 'command build' tells; the "
      "values of secret keys (PIN, NewPassword…) are references, since other users can see "
      "arguments: @FILE, env:NAME, fd:N or -. What is missing or cannot be is refused before it is "
      "sent; --no-validate skips that.\n\n"
      "--select matches what is known of devices ('bramley device show'): comparisons with == != "
      "< <= > >= and in [\"a\", \"b\"], joined by && || ! and parentheses; contains(), "
      "starts_with() and ends_with() of a fact and a text; known(fact); last_seen < ago(\"7d\"). "
      "What is not known of a device is not matched. With --dry-run the devices are shown. What "
      "takes something away (EraseDevice, RemoveProfile…) asks back, and needs --yes in a script; "
      "for --select and --all --expect-count too.\n\n"
      "With --wait the exit code is 0 when all devices acknowledged, 1 when none did, 3 when some "
      "did, 6 when the time was over. 'command results UUID --wait' goes on where it ended early.");
  send.talks_to_server().prints_data();
  add_flags(send, *options);
  send.example("bramley command send DeviceInformation --device 0000-ABCD --wait",
               "Ask a device about itself and show what it says.");
  send.example(
      "bramley command send DeviceInformation --set Queries=OSVersion,SerialNumber "
      "--device 0000-ABCD --wait -o json",
      "The same for two facts, for a program.");
  send.example(
      "bramley command send RestartDevice --select 'os_version < \"14.4\"' --yes --expect-count 12",
      "Only if those are the twelve that one thinks of.");
  send.example(
      "bramley command send InstallProfile --data Payload=wifi.mobileconfig "
      "--devices-from ids.txt",
      "Install a profile on many devices.");
  send.run([options](Session& session) { return send_command(session, *options); });
}

}  // namespace bramley
