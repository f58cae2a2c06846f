#include "server/http/proxy_certificate_header.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/base/encoding.h"

namespace bramley {
namespace {

constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view pem_end = "-----END CERTIFICATE-----";

Error not_a_certificate() {
  return Error{ErrorCode::malformed, "client certificate header: no certificate in a known form"};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

Result<Bytes> from_pem_text(std::string text) {
  // `+` stands for a space in the marker lines of Go's QueryEscape, and for itself inside the
  // base64 (trap 32).
  replace_all(text, "BEGIN+CERTIFICATE", "BEGIN CERTIFICATE");
  replace_all(text, "END+CERTIFICATE", "END CERTIFICATE");
  replace_all(text, "\\n", "\n");
  const std::size_t begin = text.find(pem_begin);
  if (begin == std::string::npos) {
    return not_a_certificate();
  }
  const std::size_t content = begin + pem_begin.size();
  const std::size_t end = text.find(pem_end, content);
  if (end == std::string::npos) {
    return not_a_certificate();
  }
  return decode_base64_lenient(std::string_view(text).substr(content, end - content));
}

// The value of `key` in the last element of an XFCC list, honouring quotes and backslashes in them.
std::optional<std::string> forwarded_value(std::string_view list, std::string_view wanted) {
  std::optional<std::string> found;
  std::string key;
  std::string value;
  bool in_value = false;
  bool quoted = false;
  const auto finish_pair = [&] {
    if (key.size() == wanted.size() &&
        std::equal(key.begin(), key.end(), wanted.begin(), [](unsigned char a, unsigned char b) {
          return std::tolower(a) == std::tolower(b);
        })) {
      found = value;
    }
    key.clear();
    value.clear();
    in_value = false;
  };
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (quoted && c == '\\' && i + 1 < list.size()) {
      value.push_back(list[++i]);
    } else if (c == '"' && in_value) {
      quoted = !quoted;
    } else if (quoted) {  // NOLINT(bugprone-branch-clone): before the separators, unlike in_value
      value.push_back(c);
    } else if (c == ';' || c == ',') {
      finish_pair();
      if (c == ',') {
        found.reset();  // an element further from us: what it claims came from outside
      }
    } else if (c == '=' && !in_value) {
      in_value = true;
    } else if (in_value) {
      value.push_back(c);
    } else if (c != ' ') {
      key.push_back(c);
    }
  }
  finish_pair();
  return found;
}

bool looks_forwarded(std::string_view value) {
  for (const std::string_view key :
       {"By=", "Hash=", "Cert=", "Chain=", "Subject=", "URI=", "DNS="}) {
    if (value.starts_with(key)) {
      return true;
    }
  }
  return false;
}

Result<Bytes> from_rfc9440(std::string_view value) {
  const std::size_t end = value.find(':', 1);
  if (end == std::string_view::npos || end + 1 != value.size()) {
    return not_a_certificate();
  }
  return decode_base64(value.substr(1, end - 1));
}

}  // namespace

Result<Bytes> parse_proxy_certificate_header(std::string_view value) {
  while (!value.empty() && value.front() == ' ') {
    value.remove_prefix(1);
  }
  while (!value.empty() && value.back() == ' ') {
    value.remove_suffix(1);
  }
  if (value.empty()) {
    return not_a_certificate();
  }
  if (value.front() == ':') {
    return from_rfc9440(value);
  }
  if (looks_forwarded(value)) {
    const auto certificate = forwarded_value(value, "Cert");
    if (!certificate || looks_forwarded(*certificate)) {
      return not_a_certificate();
    }
    return parse_proxy_certificate_header(*certificate);
  }
  TRY_ASSIGN(auto text, decode_percent(value));
  if (text.find("-----BEGIN") != std::string::npos) {
    return from_pem_text(std::move(text));
  }
  TRY_ASSIGN(auto der, decode_base64_lenient(std::string_view(text).substr(0, text.find(','))));
  if (der.empty()) {
    return not_a_certificate();
  }
  return der;
}

}  // namespace bramley
