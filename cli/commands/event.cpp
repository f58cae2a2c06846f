#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/event_lines.h"
#include "cli/server_list.h"
#include "cli/session.h"
#include "cli/terminal_text.h"

namespace bramley {
namespace {

constexpr const char* events_path = "/api/v1/events";
constexpr std::chrono::seconds longest_pause{30};

struct EventOptions {
  std::string device;
  std::string topic;
  std::string after;
  ListPart part;
  std::int64_t limit = 0;  // of `tail`
};

ApiPath path_of(const EventOptions& options) {
  ApiPath path{events_path};
  path.parameter("enrollment", options.device).parameter("topic", options.topic);
  return path;
}

bool is_event_number(const std::string& text) {
  constexpr std::size_t most_digits = 18;
  return text.size() <= most_digits &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

CommandResult no_event_number() {
  return CommandResult::usage("--after takes the number of an event",
                              "'bramley event list' shows them; 0 is before all of them");
}

CommandResult list_events(Session& session, const EventOptions& options) {
  if (!is_event_number(options.after)) {
    return no_event_number();
  }
  return with_server(session, [&](ApiClient& api) {
    ServerList list{.path = path_of(options),
                    .plural = "events",
                    .columns = {{"NUMBER", "number"},
                                {"TIME", "created_at"},
                                {"TOPIC", "topic"},
                                {"ENROLLMENT", "enrollment_id"},
                                {"STATUS", "status"},
                                {"COMMAND", "command_uuid"}},
                    .part = options.part};
    list.path.parameter("after", options.after);
    return print_server_list(session, api, list);
  });
}

// For people: one line an event, at once.
std::string line_of(const Json& event) {
  std::string line = text_member(event, "created_at") + "  " + text_member(event, "topic") + "  " +
                     text_member(event, "enrollment_id");
  for (const char* member : {"status", "command_uuid"}) {
    if (const std::string value = text_member(event, member); !value.empty()) {
      line += "  " + value;
    }
  }
  return escape_for_terminal(line) + "\n";
}

// What `event tail` is about, over all its connections.
class Tail {
 public:
  Tail(Session& session, ApiClient& api, const EventOptions& options)
      : session_(session), api_(api), options_(options), last_(options.after) {}

  CommandResult run() {
    std::chrono::seconds pause{1};
    for (;;) {
      const std::size_t before = printed_;
      lines_.forget();
      const Status ended = follow();
      if (enough() || fault_) {
        return fault_ ? CommandResult(*std::move(fault_)) : CommandResult(ExitCode::done);
      }
      // A server that was never reached, or that refuses, will not do better by itself.
      if (!ended && (!connected_ || ended.error().code != ErrorCode::unavailable)) {
        return ended.error();
      }
      pause = printed_ != before ? std::chrono::seconds(1) : std::min(pause * 2, longest_pause);
      session_.note("the server ended the stream; asking again");
      session_.surroundings().sleep(pause);
    }
  }

 private:
  [[nodiscard]] bool enough() const {
    return options_.limit > 0 && static_cast<std::int64_t>(printed_) >= options_.limit;
  }

  Status follow() {
    HttpHeaders headers{{"Accept", "text/event-stream"}};
    if (!last_.empty()) {
      headers.add("Last-Event-ID", last_);
    }
    return api_.stream(path_of(options_), std::move(headers), [&](ByteView bytes) {
      connected_ = true;
      return lines_.take(bytes, [&](const EventLines::Message& message) { return print(message); });
    });
  }

  bool print(const EventLines::Message& message) {
    if (message.data.empty()) {
      last_ = message.id;
      return true;
    }
    const auto event = parse_json(message.data);
    if (!event || !event->is_object()) {
      fault_ = Error{ErrorCode::unavailable, "follow the events: the server sent no event"};
      return false;
    }
    last_ = message.id;
    Output& output = session_.output();
    if (output.format() == OutputFormat::table) {
      output.text(line_of(*event));
    } else {
      output.text(write_json(*event, -1) + "\n");
    }
    session_.surroundings().out.flush();
    ++printed_;
    return !enough();
  }

  Session& session_;
  ApiClient& api_;
  const EventOptions& options_;
  EventLines lines_;
  std::string last_;
  std::optional<Error> fault_;
  std::size_t printed_ = 0;
  bool connected_ = false;
};

CommandResult tail_events(Session& session, const EventOptions& options) {
  if (options.limit < 0) {
    return CommandResult::usage("--limit must not be negative");
  }
  if (!is_event_number(options.after)) {
    return no_event_number();
  }
  return with_server(session, [&](ApiClient& api) { return Tail(session, api, options).run(); });
}

void add_filters(CommandNode& node, EventOptions& options) {
  node.talks_to_server().prints_data();
  node.flag({.name = "device", .value = "ID", .help = "Only events of this enrollment"},
            options.device);
  node.flag({.name = "topic", .value = "TOPIC", .help = "Only events of this topic: mdm.Connect"},
            options.topic);
}

}  // namespace

void add_event(CommandNode& root) {
  CommandNode& event = root.add("event", "What devices said");
  event.describe(
      "A server that was started with --events on keeps an event for each message of a device, for "
      "as long as --event-retention says.");

  auto listed = std::make_shared<EventOptions>();
  CommandNode& list = event.add("list", "List the events that are kept, oldest first");
  add_filters(list, *listed);
  add_list_flags(list, listed->part);
  list.flag({.name = "after", .value = "NUMBER", .help = "Only those behind this one"},
            listed->after);
  list.run([listed](Session& session) { return list_events(session, *listed); });

  auto followed = std::make_shared<EventOptions>();
  CommandNode& tail = event.add("tail", "Print events as they happen");
  tail.describe(
      "Goes on until it is interrupted, or has printed --limit of them. When the connection is "
      "lost it asks again, and goes on where it was. With -o json, ndjson and yaml alike, one JSON "
      "object a line.");
  add_filters(tail, *followed);
  tail.flag({.name = "limit",
             .value = "N",
             .help = "End after this many",
             .default_text = "goes on until it is interrupted"},
            followed->limit);
  tail.flag({.name = "after",
             .value = "NUMBER",
             .help = "Begin behind this event (0: the oldest that is kept)",
             .default_text = "what happens from now on"},
            followed->after);
  tail.example("bramley event tail -o ndjson | jq 'select(.topic == \"mdm.CheckOut\")'",
               "Every device that leaves.");
  tail.run([followed](Session& session) { return tail_events(session, *followed); });
}

}  // namespace bramley
