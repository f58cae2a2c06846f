#include "cli/server_list.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bramley {
namespace {

// Items still to print; none: all that come.
using Room = std::optional<std::int64_t>;

Room room_for(const ListPart& part, OutputFormat format) {
  if (part.limit > 0) {
    return part.limit;
  }
  return part.all || format != OutputFormat::table ? Room() : Room(listed_in_table);
}

// Of the page, what the filter likes, as far as there is room.
Json wanted_items(const Json& page, const ServerList& list, const Room& room) {
  Json items = Json::array();
  for (const Json& item : page) {
    if (room && static_cast<std::int64_t>(items.size()) >= *room) {
      break;
    }
    if (!list.filter || list.filter(item)) {
      items.push_back(item);
    }
  }
  return items;
}

void tell_cursor(Session& session, const std::string& cursor) {
  if (session.output().is_for_programs()) {
    session.surroundings().err << write_json(Json{{"next_cursor", cursor}}, -1) << "\n";
  } else {
    session.note("there are more: --cursor " + cursor + " goes on here, --all shows them all");
  }
}

}  // namespace

void add_list_flags(CommandNode& node, ListPart& part) {
  node.flag({.name = "limit",
             .value = "N",
             .help = "Print this many at most",
             .default_text = std::to_string(listed_in_table) + " in a table, else all"},
            part.limit);
  node.flag({.name = "cursor",
             .value = "CURSOR",
             .help = "Go on where an earlier part ended, as it said"},
            part.cursor);
  node.flag({.name = "all", .help = "Print all there are"}, part.all);
}

Status check_list_part(const ListPart& part) {
  if (part.limit < 0) {
    return Error{ErrorCode::malformed, "--limit must not be negative"};
  }
  if (part.all && part.limit > 0) {
    return Error{ErrorCode::malformed, "--limit and --all exclude each other"};
  }
  return {};
}

Status walk_server_list(Session& session, ApiClient& api, const ServerList& list,
                        const std::function<bool(const Json&)>& on_items) {
  Room room = room_for(list.part, session.output().format());
  std::string cursor = list.part.cursor;
  do {
    const auto most = static_cast<std::int64_t>(ApiClient::page_size);
    const auto limit = static_cast<std::size_t>(std::min(room.value_or(most), most));
    bool enough = false;
    TRY_ASSIGN(cursor, api.page(list.path, list.plural, limit, cursor, [&](const Json& page) {
      const Json items = wanted_items(page, list, room);
      if (room) {
        *room -= static_cast<std::int64_t>(items.size());
      }
      enough = !items.empty() && !on_items(items);
    }));
    if (enough) {
      return {};
    }
  } while (!cursor.empty() && room != 0);
  if (!cursor.empty()) {
    tell_cursor(session, cursor);
  }
  return {};
}

CommandResult print_server_list(Session& session, ApiClient& api, const ServerList& list) {
  if (Status checked = check_list_part(list.part); !checked) {
    return CommandResult::usage(std::move(checked).error());
  }
  ListPrinter printer = session.output().start_list(list.columns);
  const Status status = walk_server_list(session, api, list, [&](const Json& items) {
    printer.add(items);
    return true;
  });
  if (!status) {
    printer.abandon();
    return status.error();
  }
  printer.finish();
  return ExitCode::done;
}

}  // namespace bramley
