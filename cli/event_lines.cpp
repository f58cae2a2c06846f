#include "cli/event_lines.h"

namespace bramley {
namespace {

constexpr std::size_t largest_message = 8U << 20U;

}  // namespace

bool EventLines::take(ByteView bytes, const OnMessage& on_message) {
  rest_.append(as_text(bytes));
  std::size_t start = 0;
  for (std::size_t end = rest_.find('\n'); end != std::string::npos;
       end = rest_.find('\n', start)) {
    const std::string text = rest_.substr(start, end - start);
    start = end + 1;
    if (!line(text, on_message)) {
      return false;
    }
  }
  rest_.erase(0, start);
  return rest_.size() + message_.data.size() <= largest_message;
}

void EventLines::forget() {
  rest_.clear();
  message_ = {};
}

bool EventLines::line(std::string_view text, const OnMessage& on_message) {
  if (text.ends_with('\r')) {
    text.remove_suffix(1);
  }
  if (text.empty()) {
    Message whole = std::move(message_);
    message_ = {};
    if (whole.name.empty()) {
      whole.name = "message";
    }
    return (whole.data.empty() && whole.id.empty()) || on_message(whole);
  }
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (value.starts_with(' ')) {
    value.remove_prefix(1);
  }
  if (name == "id") {
    message_.id = value;
  } else if (name == "event") {
    message_.name = value;
  } else if (name == "data") {
    message_.data.append(value);
  }
  return true;
}

}  // namespace bramley
