#pragma once

#include <string>
#include <vector>

#include "cli/api_client.h"
#include "cli/session.h"

namespace bramley {

struct ServerList {
  ApiPath path;
  std::string plural;  // the member that holds a page's items
  std::vector<Column> columns;
  std::int64_t limit = 0;  // items to print; 0: all there are
  // Keeps the items that it likes; none: all.
  std::function<bool(const Json&)> filter = {};
};

// Prints a list of the server's, page by page as it comes.
CommandResult print_server_list(Session& session, ApiClient& api, const ServerList& list);

// Declares --limit for such a command.
void add_limit_flag(CommandNode& node, std::int64_t& limit);

}  // namespace bramley
