#include "server/http/listener_response.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace bramley {
namespace {

bool is_framing(std::string_view name) {
  constexpr std::array<std::string_view, 5> names = {"Content-Length", "Transfer-Encoding",
                                                     "Connection", "Keep-Alive", "Trailer"};
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view other) { return equal_ignoring_case(name, other); });
}

// A name or value from outside (a file name, say) must not begin a line of its own.
bool is_safe(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

bool is_field(std::string_view name, std::string_view value) {
  return !name.empty() && name.find_first_of(": \t") == std::string_view::npos && is_safe(name) &&
         is_safe(value);
}

void append_number(std::string& text, std::size_t number, int base) {
  std::array<char, 20> digits{};
  const auto [end, failure] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  text.append(digits.data(), end);
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

bool has_no_content(int status) {
  return status == 204 || status == 304;
}

BodyFraming framing_of(const HttpResponse& response, const AnswerTerms& terms) {
  if (terms.head_request || has_no_content(response.status)) {
    return BodyFraming::none;
  }
  if (!response.body_stream) {
    return BodyFraming::length;
  }
  return terms.http_1_0 ? BodyFraming::closing : BodyFraming::chunked;
}

// Who passes on another server's answer to HEAD knows how long a body would be without having it.
std::size_t length_of(const HttpResponse& response, const AnswerTerms& terms) {
  std::size_t length = response.body.size();
  const auto told = response.headers.find("Content-Length");
  if (terms.head_request && length == 0 && told) {
    std::size_t number = 0;
    const auto [end, failure] = std::from_chars(told->data(), told->data() + told->size(), number);
    length = failure == std::errc() && end == told->data() + told->size() ? number : length;
  }
  return length;
}

// HEAD says of the body what GET would (RFC 9110 §9.3.2); 204 and 304 say nothing (§8.6).
void append_framing(std::string& head, const HttpResponse& response, const AnswerTerms& terms) {
  if (has_no_content(response.status)) {
    return;
  }
  if (!response.body_stream) {
    head.append("Content-Length: ");
    append_number(head, length_of(response, terms), 10);
    head.append("\r\n");
  } else if (!terms.http_1_0) {
    append_field(head, "Transfer-Encoding", "chunked");
  }
}

}  // namespace

ResponseHead response_head(const HttpResponse& response, const AnswerTerms& terms) {
  ResponseHead result{{}, framing_of(response, terms), terms.keep_alive};
  if (result.framing == BodyFraming::closing) {
    result.keep_alive = false;
  }
  std::string& head = result.text;
  head.reserve(320);
  head.append("HTTP/1.1 ");
  append_number(head, static_cast<std::size_t>(response.status), 10);
  head.append(" ").append(reason_phrase(response.status)).append("\r\n");
  bool traced = false;
  bool dated = false;
  for (const auto& [name, value] : response.headers.fields()) {
    if (equal_ignoring_case(name, "Connection") && equal_ignoring_case(value, "close")) {
      result.keep_alive = false;
    }
    if (!is_framing(name) && is_field(name, value)) {
      append_field(head, name, value);
      traced = traced || equal_ignoring_case(name, "X-Trace-Id");
      dated = dated || equal_ignoring_case(name, "Date");
    }
  }
  if (!traced) {
    append_field(head, "X-Trace-Id", terms.trace_id);
  }
  if (!dated) {
    append_field(head, "Date", format_http_date(terms.now));
  }
  append_framing(head, response, terms);
  if (!result.keep_alive) {
    append_field(head, "Connection", "close");
  } else if (terms.http_1_0) {
    append_field(head, "Connection", "keep-alive");
  }
  head.append("\r\n");
  return result;
}

std::string chunk_head(std::size_t size) {
  std::string line;
  append_number(line, size, 16);
  return line.append("\r\n");
}

}  // namespace bramley
