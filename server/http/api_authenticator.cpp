#include "server/http/api_authenticator.h"

#include <optional>

#include "core/base/encoding.h"
#include "server/http/limits.h"

namespace bramley {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// What follows "scheme " in an Authorization header. RFC 9110 §11.1: schemes compare without case.
std::optional<std::string_view> credentials_of(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if (lower(header[i]) != scheme[i]) {
      return std::nullopt;
    }
  }
  std::string_view rest = header.substr(scheme.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

}  // namespace

ApiAuthenticator::ApiAuthenticator(const SecretBytes& api_key, const Clock& clock, Log& log)
    : has_key_(!api_key.empty()), key_hash_(sha256(api_key.reveal())), clock_(clock), log_(log) {}

bool ApiAuthenticator::accepts(const HttpRequest& request) const {
  const auto header = request.headers.find("Authorization");
  // Two of them could mean one thing to a proxy and another to us.
  if (!header || request.headers.count("Authorization") != 1) {
    return false;
  }
  if (const auto token = credentials_of(*header, "bearer")) {
    return is_key(as_bytes(*token));
  }
  const auto encoded = credentials_of(*header, "basic");
  if (!encoded) {
    return false;
  }
  auto decoded = decode_base64(*encoded);
  if (!decoded) {
    return false;
  }
  const SecretBytes user_and_password(*std::move(decoded));
  // RFC 7617 §2: the user name has no colon, the password may.
  const std::size_t colon = user_and_password.reveal_text().find(':');
  return colon != std::string_view::npos && is_key(user_and_password.reveal().subspan(colon + 1));
}

bool ApiAuthenticator::is_key(ByteView presented) const {
  const Fingerprint hash = sha256(presented);
  return equal_constant_time(hash.bytes, key_hash_.bytes) && has_key_;
}

void ApiAuthenticator::log_refusal(const HttpRequest& request, std::string_view trace_id) {
  std::int64_t untold = 0;
  {
    const std::lock_guard lock(mutex_);
    const Timestamp now = clock_.now();
    if (now - window_start_ >= std::chrono::minutes(1) || now < window_start_) {
      window_start_ = now;
      lines_in_window_ = 0;
    }
    if (lines_in_window_ >= limits::authentication_log_lines) {
      ++untold_;
      return;
    }
    ++lines_in_window_;
    untold = std::exchange(untold_, 0);
  }
  log_.warn("API key missing or wrong", {{"peer", request.peer.address},
                                         {"trace_id", std::string(trace_id)},
                                         {"not_logged_before", std::to_string(untold)}});
}

}  // namespace bramley
