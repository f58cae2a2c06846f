#include "core/net/http_message.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"

namespace bramley {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The target without "scheme://authority": a client's absolute URL, and RFC 9112 §3.2.2's
// absolute-form, which a server has to take too.
std::string_view origin_form(std::string_view target) {
  const std::size_t query = target.find('?');
  const std::size_t scheme_end = target.find("://");
  if (target.starts_with('/') || scheme_end == std::string_view::npos || scheme_end > query) {
    return target;
  }
  const std::size_t path = target.find_first_of("/?", scheme_end + 3);
  return path == std::string_view::npos ? std::string_view() : target.substr(path);
}

std::optional<std::string> decode_form(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  auto decoded = decode_percent(spaced);
  return decoded ? std::optional(*std::move(decoded)) : std::nullopt;
}

struct Reason {
  int status;
  std::string_view phrase;
};
// RFC 9110 §15, 207 of RFC 4918, and RFC 6585; in ascending order.
constexpr std::array reasons = {
    Reason{100, "Continue"},
    Reason{101, "Switching Protocols"},
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{203, "Non-Authoritative Information"},
    Reason{204, "No Content"},
    Reason{205, "Reset Content"},
    Reason{206, "Partial Content"},
    Reason{207, "Multi-Status"},
    Reason{300, "Multiple Choices"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{305, "Use Proxy"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{402, "Payment Required"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{406, "Not Acceptable"},
    Reason{407, "Proxy Authentication Required"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{411, "Length Required"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{414, "URI Too Long"},
    Reason{415, "Unsupported Media Type"},
    Reason{416, "Range Not Satisfiable"},
    Reason{417, "Expectation Failed"},
    Reason{421, "Misdirected Request"},
    Reason{422, "Unprocessable Content"},
    Reason{426, "Upgrade Required"},
    Reason{428, "Precondition Required"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
    Reason{505, "HTTP Version Not Supported"},
    Reason{511, "Network Authentication Required"},
};

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (equal_ignoring_case(field, name)) {
      return value;
    }
  }
  return std::nullopt;
}

std::size_t HttpHeaders::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(),
                    [name](const auto& field) { return equal_ignoring_case(field.first, name); }));
}

void HttpHeaders::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

void HttpHeaders::remove(std::string_view name) {
  std::erase_if(fields_,
                [name](const auto& field) { return equal_ignoring_case(field.first, name); });
}

std::string_view HttpRequest::raw_path() const {
  const std::string_view origin = origin_form(target);
  const std::string_view path = origin.substr(0, origin.find('?'));
  return path.empty() ? std::string_view("/") : path;
}

std::string_view HttpRequest::raw_query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::optional<std::string> HttpRequest::query(std::string_view name) const {
  std::string_view rest = raw_query();
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (decode_form(pair.substr(0, equals)) != name) {
      continue;
    }
    return decode_form(equals == std::string_view::npos ? std::string_view()
                                                        : pair.substr(equals + 1));
  }
  return std::nullopt;
}

std::string_view reason_phrase(int status) {
  const auto* const found =
      std::lower_bound(reasons.begin(), reasons.end(), status,
                       [](const Reason& reason, int wanted) { return reason.status < wanted; });
  return found != reasons.end() && found->status == status ? found->phrase : std::string_view();
}

}  // namespace bramley
