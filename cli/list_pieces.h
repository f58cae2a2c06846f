#pragma once

#include "cli/server_list.h"

namespace bramley {

// The flags of a list that can be read piece by piece.
struct PagingOptions {
  std::int64_t limit = 0;  // 0: all
  std::string cursor;      // where a piece before said that more follow; empty: from the start
  bool all = false;
};
void add_paging_flags(CommandNode& node, PagingOptions& paging);
// Prints the piece, and says how to go on. `list` without a limit or filter of its own. malformed:
// --all with --limit.
CommandResult print_piece(Session& session, ApiClient& api, const ServerList& list,
                          const PagingOptions& paging);

}  // namespace bramley
