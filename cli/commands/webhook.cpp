#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/server_list.h"
#include "cli/session.h"

namespace bramley {
namespace {

constexpr const char* webhooks_path = "/api/v1/webhooks";

struct WebhookOptions {
  std::string id;
  bool dry_run = false;
  std::optional<std::string> after;
  bool parked = false;
  ListPart part;
};

ApiPath path_of(const std::string& id, std::string_view verb) {
  ApiPath path{webhooks_path};
  path.segment(id).segment(verb);
  return path;
}

CommandResult list_webhooks(Session& session, const WebhookOptions& options) {
  return with_server(session, [&](ApiClient& api) {
    return print_server_list(session, api,
                             {.path = {webhooks_path},
                              .plural = "webhooks",
                              .columns = {{"ID", "id"},
                                          {"NAME", "name"},
                                          {"STATE", "state"},
                                          {"BEHIND", "behind"},
                                          {"WAITING", "waiting"},
                                          {"PARKED", "parked"},
                                          {"DELIVERED", "delivered_at"},
                                          {"LAST ERROR", "last_error"},
                                          {"URL", "url"}},
                              .part = options.part});
  });
}

CommandResult list_parked(Session& session, const WebhookOptions& options) {
  return with_server(session, [&](ApiClient& api) {
    return print_server_list(session, api,
                             {.path = path_of(options.id, "parked"),
                              .plural = "events",
                              .columns = {{"NUMBER", "number"},
                                          {"TOPIC", "topic"},
                                          {"ENROLLMENT", "enrollment_id"},
                                          {"CREATED", "created_at"},
                                          {"ATTEMPTS", "attempts"},
                                          {"ERROR", "error"}},
                              .part = options.part});
  });
}

CommandResult test_webhook(Session& session, const WebhookOptions& options) {
  if (options.dry_run) {
    return would_change(session, "send a test event to the webhook " + options.id);
  }
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    TRY_ASSIGN(const Json answer, api.post(path_of(options.id, "test"), Json::object()));
    session.output().record(answer);
    const Json delivered = any_member(answer, "delivered");
    if (delivered.is_boolean() && delivered.get<bool>()) {
      return ExitCode::done;
    }
    const std::string error = text_member(answer, "error");
    return CommandResult::failed(Error{
        ErrorCode::unavailable,
        "test the webhook " + options.id + ": " +
            (error.empty() ? "it answered HTTP " + std::to_string(integer_member(answer, "status"))
                           : error),
        "the receiver must answer 200; its own log says why it did not"});
  });
}

// The verbs that change one webhook and answer its new state.
CommandResult change_webhook(Session& session, const WebhookOptions& options, std::string_view verb,
                             const Json& body) {
  if (options.dry_run) {
    return would_change(session, std::string(verb) + " the webhook " + options.id);
  }
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    TRY_ASSIGN(const Json answer, api.post(path_of(options.id, verb), body));
    session.output().record(answer);
    return ExitCode::done;
  });
}

CommandResult replay(Session& session, const WebhookOptions& options) {
  if (options.after.has_value() == options.parked) {
    return CommandResult::usage("say what to replay: --parked, or --after NUMBER");
  }
  Json body = Json::object();
  if (options.after) {
    const auto number = parse_json(*options.after);
    if (!number || !number->is_number_unsigned()) {
      return CommandResult::usage("--after takes the number of an event, or 0 for all");
    }
    body["after"] = *number;
  }
  return change_webhook(session, options, "replay", body);
}

CommandNode& add_verb(CommandNode& webhook, WebhookOptions& options, const std::string& name,
                      const std::string& summary) {
  CommandNode& verb = webhook.add(name, summary);
  verb.talks_to_server().prints_data();
  verb.positional({.name = "ID", .help = "The webhook's id, as 'webhook list' shows it"},
                  options.id);
  return verb;
}

void add_dry_run(CommandNode& verb, WebhookOptions& options) {
  verb.flag({.name = "dry-run", .help = "Say what would be done (exit 8), and do nothing"},
            options.dry_run);
}

void add_lists(CommandNode& webhook) {
  auto options = std::make_shared<WebhookOptions>();
  CommandNode& list = webhook.add("list", "List webhooks, and how far each is");
  list.describe(
      "BEHIND are events that were not tried yet; WAITING are those that were refused, and those "
      "of "
      "the same enrollment behind them: they are tried again. PARKED ones were given up. A webhook "
      "of a flag that the server no longer has among its --webhook-url is unused. Those without a "
      "name are flags; the others 'bramley apply' makes.");
  list.talks_to_server().prints_data();
  add_list_flags(list, options->part);
  list.run([options](Session& session) { return list_webhooks(session, *options); });

  auto parked_options = std::make_shared<WebhookOptions>();
  CommandNode& parked =
      add_verb(webhook, *parked_options, "parked", "List the events that a webhook did not take");
  add_list_flags(parked, parked_options->part);
  parked.run([parked_options](Session& session) { return list_parked(session, *parked_options); });
}

void add_changes(CommandNode& webhook) {
  auto tested = std::make_shared<WebhookOptions>();
  CommandNode& test = add_verb(webhook, *tested, "test", "Send a webhook a test event now");
  test.describe(
      "Its topic is bramley.Test. It is sent at once, beside what waits, and once. Exit 1: the "
      "webhook did not take it.");
  add_dry_run(test, *tested);
  test.run([tested](Session& session) { return test_webhook(session, *tested); });

  for (const auto& [verb, summary] :
       {std::pair{"pause", "Let a webhook's events wait until it is resumed"},
        std::pair{"resume", "Deliver to a paused webhook again"}}) {
    auto options = std::make_shared<WebhookOptions>();
    CommandNode& node = add_verb(webhook, *options, verb, summary);
    add_dry_run(node, *options);
    node.run([options, name = std::string(verb)](Session& session) {
      return change_webhook(session, *options, name, Json::object());
    });
  }

  auto replayed = std::make_shared<WebhookOptions>();
  CommandNode& again = add_verb(webhook, *replayed, "replay", "Deliver events again");
  again.describe(
      "With --parked, those that were given up; with --after, all that are kept from behind that "
      "event on, whether or not they were delivered before.");
  again.flag({.name = "parked", .help = "Those that the webhook did not take"}, replayed->parked);
  again.flag({.name = "after", .value = "NUMBER", .help = "All behind the event of this number"},
             replayed->after);
  add_dry_run(again, *replayed);
  again.example("bramley webhook replay 0123456789ab --parked",
                "Once its receiver was mended: deliver what it did not take.");
  again.run([replayed](Session& session) { return replay(session, *replayed); });
}

}  // namespace

void add_webhook(CommandNode& root) {
  CommandNode& webhook = root.add("webhook", "Who is told what devices say");
  webhook.describe(
      "Each --webhook-url of 'bramley serve', and each webhook that 'bramley apply' made, is told "
      "of "
      "every message of a device, in order for each enrollment and at least once, as NanoMDM or "
      "MicroMDM would tell it.");
  add_lists(webhook);
  add_changes(webhook);
}

}  // namespace bramley
