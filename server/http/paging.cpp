#include "server/http/paging.h"

#include <charconv>

#include "core/base/encoding.h"
#include "server/http/limits.h"

namespace bramley {
namespace {

Result<std::size_t> parse_limit(std::string_view text) {
  std::size_t limit = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, limit);
  if (error != std::errc() || stop != end || limit < 1 || limit > limits::page_most) {
    return Error{ErrorCode::malformed,
                 "\"limit\" must be a whole number from 1 to " + std::to_string(limits::page_most)};
  }
  return limit;
}

// Opaque to clients: the list's name, a colon, and the store's own cursor.
std::string wrap_cursor(std::string_view list, std::string_view cursor) {
  return encode_base64url(as_bytes(std::string(list).append(":").append(cursor)));
}

Result<std::string> unwrap_cursor(std::string_view list, std::string_view text) {
  const Error refused{ErrorCode::malformed, "\"cursor\" is not one of this list"};
  if (text.empty() || text.size() > limits::cursor) {
    return refused;
  }
  const auto decoded = decode_base64_lenient(text);
  if (!decoded || encode_base64url(*decoded) != text) {
    return refused;
  }
  const std::string_view content = as_text(*decoded);
  const std::string prefix = std::string(list) + ":";
  if (!content.starts_with(prefix) || content.size() == prefix.size()) {
    return refused;
  }
  return std::string(content.substr(prefix.size()));
}

}  // namespace

Result<PageRequest> page_request(const HttpRequest& request, std::string_view list) {
  PageRequest page;
  page.limit = limits::page_default;
  if (const auto limit = request.query("limit")) {
    TRY_ASSIGN(page.limit, parse_limit(*limit));
  }
  if (const auto cursor = request.query("cursor")) {
    TRY_ASSIGN(page.after, unwrap_cursor(list, *cursor));
  }
  return page;
}

Status check_single_page(const HttpRequest& request, std::string_view list) {
  TRY_ASSIGN(const auto page, page_request(request, list));
  if (!page.after.empty()) {
    return Error{ErrorCode::malformed, "\"cursor\" is not one of this list"};
  }
  return {};
}

Json page_document(std::string_view list, Json items, std::string_view next) {
  return {{std::string(list), std::move(items)},
          {"next_cursor", next.empty() ? Json(nullptr) : Json(wrap_cursor(list, next))}};
}

}  // namespace bramley
