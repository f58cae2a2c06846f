#include "server/http/router.h"

#include <cassert>
#include <optional>

#include "core/base/encoding.h"

namespace bramley {
namespace {

// Takes what is before the next '/' off the front.
std::string_view next_segment(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return segment;
}

bool is_capture(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// "{ids...}" → "ids"; nothing for other segments.
std::optional<std::string_view> rest_capture(std::string_view segment) {
  if (!is_capture(segment) || !segment.ends_with("...}")) {
    return std::nullopt;
  }
  return segment.substr(1, segment.size() - 5);
}

// Compares one segment and keeps what it caught.
bool take_segment(std::string_view pattern, std::string_view raw, PathCaptures& captures) {
  auto decoded = decode_percent(raw);
  if (!decoded) {
    return false;
  }
  if (!is_capture(pattern)) {
    return *decoded == pattern;
  }
  if (decoded->empty()) {
    return false;
  }
  captures.add(pattern.substr(1, pattern.size() - 2), *std::move(decoded));
  return true;
}

std::size_t segment_count(std::string_view path) {
  std::size_t slashes = 0;
  for (const char c : path) {
    slashes += c == '/' ? 1 : 0;
  }
  return slashes;
}

// Both begin with '/'. The views inside the captures point into `pattern`.
std::optional<PathCaptures> match_path(std::string_view pattern, std::string_view raw_path) {
  PathCaptures captures;
  const bool open_ended = pattern.ends_with("...}");
  if (open_ended ? segment_count(raw_path) < segment_count(pattern)
                 : segment_count(raw_path) != segment_count(pattern)) {
    return std::nullopt;
  }
  pattern.remove_prefix(1);
  raw_path.remove_prefix(1);
  for (std::size_t left = segment_count(pattern) + 1; left > 0; --left) {
    const std::string_view segment = next_segment(pattern);
    if (const auto name = rest_capture(segment)) {
      auto decoded = decode_percent(raw_path);
      if (!decoded) {
        return std::nullopt;
      }
      captures.add(*name, *std::move(decoded));
      return captures;
    }
    if (!take_segment(segment, next_segment(raw_path), captures)) {
      return std::nullopt;
    }
  }
  return captures;
}

bool answers(const Router::Route& route, std::string_view method) {
  return route.method == "*" || route.method == method ||
         (method == "HEAD" && route.method == "GET");
}

void allow(std::string& list, std::string_view method) {
  if (!list.empty()) {
    list.append(", ");
  }
  list.append(method);
}

}  // namespace

const std::string& PathCaptures::get(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) {
      return value;
    }
  }
  assert(false && "no such capture in the pattern");
  static const std::string none;
  return none;
}

Router::Found Router::find(std::string_view method, std::string_view raw_path) const {
  if (!raw_path.starts_with('/')) {
    return NoPath{};
  }
  std::string allowed;
  for (const Route& route : routes_) {
    auto captures = match_path(route.pattern, raw_path);
    if (!captures) {
      continue;
    }
    if (answers(route, method)) {
      return Match{&route, *std::move(captures)};
    }
    allow(allowed, route.method);
    if (route.method == "GET") {
      allow(allowed, "HEAD");
    }
  }
  if (allowed.empty()) {
    return NoPath{};
  }
  return NoMethod{std::move(allowed)};
}

}  // namespace bramley
