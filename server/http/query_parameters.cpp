#include "server/http/query_parameters.h"

#include <algorithm>
#include <string>

#include "core/base/encoding.h"
#include "server/http/limits.h"

namespace bramley {
namespace {

// As HttpRequest::query compares names; one that cannot be decoded stays as it is, and is unknown.
std::string decoded_name(std::string_view raw) {
  std::string name(raw);
  std::replace(name.begin(), name.end(), '+', ' ');
  auto decoded = decode_percent(name);
  return decoded ? *std::move(decoded) : std::string(raw);
}

std::string names_in_words(std::span<const std::string_view> known) {
  if (known.empty()) {
    return "this path takes no query parameters";
  }
  std::string text = "this path takes ";
  for (const std::string_view name : known) {
    text.append(name == known.front() ? "" : ", ").append(name);
  }
  return text;
}

}  // namespace

Status refuse_unknown_parameters(const HttpRequest& request,
                                 std::span<const std::string_view> known) {
  std::string_view rest = request.raw_query();
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) {
      continue;
    }
    const std::string name = decoded_name(pair.substr(0, pair.find('=')));
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Error{ErrorCode::malformed,
                   "unknown query parameter \"" + name.substr(0, limits::id_field) + "\"",
                   names_in_words(known)};
    }
  }
  return {};
}

}  // namespace bramley
