#include "cli/list_pieces.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace bramley {
namespace {

constexpr std::int64_t largest_page = 500;

// One page of at most so many, and the cursor of the next.
struct Piece {
  Json items = Json::array();
  std::string next;
};
Result<Piece> take_piece(ApiClient& api, const ServerList& list, const std::string& cursor,
                         std::int64_t size) {
  ApiPath path = list.path;
  path.parameter("limit", std::to_string(size)).parameter("cursor", cursor);
  TRY_ASSIGN(const Json document, api.get(path));
  Json items = any_member(document, list.plural);
  if (!items.is_array()) {
    return Error{ErrorCode::unavailable, "GET " +
                                             list.path.path.substr(0, list.path.path.find('?')) +
                                             ": the answer has no '" + list.plural + "'"};
  }
  if (static_cast<std::int64_t>(items.size()) > size) {
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(size), items.end());
  }
  return Piece{std::move(items), text_member(document, "next_cursor")};
}

}  // namespace

CommandResult print_piece(Session& session, ApiClient& api, const ServerList& list,
                          const PagingOptions& paging) {
  if (paging.limit < 0) {
    return CommandResult::usage("--limit must not be negative");
  }
  if (paging.all && paging.limit > 0) {
    return CommandResult::usage("--all and --limit exclude each other");
  }
  std::string cursor = paging.cursor;
  ListPrinter printer = session.output().start_list(list.columns);
  std::int64_t left = paging.limit == 0 ? std::numeric_limits<std::int64_t>::max() : paging.limit;
  do {
    auto piece = take_piece(api, list, cursor, std::min(left, largest_page));
    if (!piece) {
      printer.abandon();
      return std::move(piece).error();
    }
    printer.add(piece->items);
    left -= static_cast<std::int64_t>(piece->items.size());
    if (!piece->next.empty() && piece->next == cursor) {
      printer.abandon();
      return Error{ErrorCode::unavailable, "GET " + list.path.path +
                                               ": the server's list does not go on: it repeats a "
                                               "page"};
    }
    cursor = piece->next;
  } while (left > 0 && !cursor.empty());
  printer.finish();
  if (!cursor.empty()) {
    session.note("more follow: --cursor " + cursor);
  }
  return ExitCode::done;
}

void add_paging_flags(CommandNode& node, PagingOptions& paging) {
  add_limit_flag(node, paging.limit);
  node.flag({.name = "cursor",
             .value = "CURSOR",
             .help = "Go on where a list with --limit said that more follow"},
            paging.cursor);
  node.flag({.name = "all", .help = "Print all of them, which is what happens without --limit"},
            paging.all);
}

}  // namespace bramley
