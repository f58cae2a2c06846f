#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/api_client.h"
#include "cli/session.h"

namespace bramley {

// Which part of a list is wanted: the same flags for every list.
struct ListPart {
  std::int64_t limit = 0;  // items; 0: as many as the format has by default
  std::string cursor;      // where an earlier part ended
  bool all = false;
};

struct ServerList {
  ApiPath path;
  std::string plural;  // the member that holds a page's items
  std::vector<Column> columns;
  ListPart part = {};
  // Keeps the items that it likes; none: all.
  std::function<bool(const Json&)> filter = {};
};

// How many items a table shows when nothing is said. What programs read is always whole.
inline constexpr std::int64_t listed_in_table = 100;

// Declares --limit, --cursor and --all.
void add_list_flags(CommandNode& node, ListPart& part);

// malformed: the flags contradict each other.
Status check_list_part(const ListPart& part);

// Gives `on_items` the wanted part, a page at a time (never an empty one), until it returns false.
// Where the part ends before the list does, says how to go on: a note for people, a line
// {"next_cursor":"…"} on stderr for programs. The part has been checked.
Status walk_server_list(Session& session, ApiClient& api, const ServerList& list,
                        const std::function<bool(const Json&)>& on_items);

// Prints it, page by page as it comes; what is wrong about the part is a usage error.
CommandResult print_server_list(Session& session, ApiClient& api, const ServerList& list);

}  // namespace bramley
