#include "cli/server_list.h"

#include <nlohmann/json.hpp>

namespace bramley {
namespace {

// At most `room` of the page's items (a negative number: all), those that the filter likes.
Json wanted_items(const Json& page, const ServerList& list, std::int64_t room) {
  Json items = Json::array();
  for (const Json& item : page) {
    if (room >= 0 && static_cast<std::int64_t>(items.size()) >= room) {
      break;
    }
    if (!list.filter || list.filter(item)) {
      items.push_back(item);
    }
  }
  return items;
}

}  // namespace

CommandResult print_server_list(Session& session, ApiClient& api, const ServerList& list) {
  if (list.limit < 0) {
    return CommandResult::usage("--limit must not be negative");
  }
  ListPrinter printer = session.output().start_list(list.columns);
  std::int64_t left = list.limit == 0 ? -1 : list.limit;
  const Status status = api.each_page(list.path, list.plural, [&](const Json& page) {
    const Json items = wanted_items(page, list, left);
    printer.add(items);
    if (left > 0) {
      left -= static_cast<std::int64_t>(items.size());
    }
    return left != 0;
  });
  if (!status) {
    printer.abandon();
    return status.error();
  }
  printer.finish();
  return ExitCode::done;
}

void add_limit_flag(CommandNode& node, std::int64_t& limit) {
  node.flag(
      {.name = "limit", .value = "N", .help = "Print this many at most", .default_text = "all"},
      limit);
}

}  // namespace bramley
