#include "core/crypto/openssl_error.h"

#include <openssl/err.h>

namespace bramley {

namespace {

constexpr int most_reasons = 4;
constexpr std::size_t most_detail = 100;

// Details may quote the input, so only what is harmless in a log line passes.
std::string printable(std::string_view text) {
  std::string safe;
  for (const char c : text.substr(0, most_detail)) {
    safe += c >= ' ' && c <= '~' ? c : '?';
  }
  return safe;
}

std::string reason_text(unsigned long code, const char* data, int flags) {
  const char* known = ERR_reason_error_string(code);
  std::string text = known != nullptr ? known : "error " + std::to_string(ERR_GET_REASON(code));
  if ((flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0') {
    text += " (" + printable(data) + ")";
  }
  return text;
}

}  // namespace

Error openssl_error(ErrorCode code, std::string_view activity) {
  std::string reasons;
  std::string last;
  int count = 0;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long entry = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    const std::string reason = reason_text(entry, data, flags);
    if (count >= most_reasons || reason == last) {
      continue;
    }
    reasons += (count == 0 ? "" : "; ") + reason;
    last = reason;
    ++count;
  }
  if (reasons.empty()) {
    reasons = "no reason given";
  }
  return Error{code, std::string(activity) + ": " + reasons};
}

void forget_openssl_errors() {
  ERR_clear_error();
}

}  // namespace bramley
