#include "server/http/api_authenticator.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/base/encoding.h"
#include "server/http/limits.h"
#include "server/service/api_token_service.h"

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

// The key or token that a request brings, good or not.
std::optional<SecretBytes> secret_of(const HttpRequest& request) {
  const auto header = request.headers.find("Authorization");
  // Two of them could mean one thing to a proxy and another to us.
  if (!header || request.headers.count("Authorization") != 1) {
    return std::nullopt;
  }
  if (const auto token = credentials_of(*header, "bearer")) {
    return SecretBytes(*token);
  }
  const auto encoded = credentials_of(*header, "basic");
  if (!encoded) {
    return std::nullopt;
  }
  auto decoded = decode_base64(*encoded);
  if (!decoded) {
    return std::nullopt;
  }
  const SecretBytes user_and_password(*std::move(decoded));
  // RFC 7617 §2: the user name has no colon, the password may.
  const std::size_t colon = user_and_password.reveal_text().find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  return SecretBytes(user_and_password.reveal().subspan(colon + 1));
}

// False also where it is not said how large it will be.
bool announces_small_body(const HttpRequest& head) {
  const auto text = head.headers.find("Content-Length");
  if (!text || head.headers.find("Transfer-Encoding")) {
    return false;
  }
  std::uint64_t size = 0;
  const auto* const end = text->data() + text->size();
  const auto [stop, fault] = std::from_chars(text->data(), end, size);
  return fault == std::errc() && stop == end && size <= limits::unauthenticated_body;
}

}  // namespace

ApiAuthenticator::ApiAuthenticator(const SecretBytes& api_key, TokenStore& tokens,
                                   const Clock& clock, Log& log)
    : has_key_(!api_key.empty()),
      key_hash_(sha256(api_key.reveal())),
      tokens_(tokens),
      clock_(clock),
      log_(log) {}

Result<ApiCaller> ApiAuthenticator::caller_of(const HttpRequest& request) {
  const Error refusal{ErrorCode::unauthenticated,
                      "the API key or token is missing, wrong, or not good any more"};
  const auto secret = secret_of(request);
  if (!secret) {
    return refusal;
  }
  if (is_key(secret->reveal())) {
    return ApiCaller();
  }
  TRY_ASSIGN(const auto token, token_of(secret->reveal()));
  const Timestamp now = clock_.now();
  if (!token || !token->is_good_at(now)) {
    return refusal;
  }
  tokens_.note_used(token->name.id, now);
  remember_good(sha256(secret->reveal()), now);
  return ApiCaller::of(*token);
}

bool ApiAuthenticator::is_key(ByteView presented) const {
  const Fingerprint hash = sha256(presented);
  return equal_constant_time(hash.bytes, key_hash_.bytes) && has_key_;
}

// That the database compares hashes in the time it likes tells nothing of a secret that has one.
Result<std::optional<ApiToken>> ApiAuthenticator::token_of(ByteView presented) const {
  if (!looks_like_api_token(as_text(presented))) {
    return std::optional<ApiToken>();
  }
  return tokens_.find(sha256(presented));
}

void ApiAuthenticator::remember_good(const Fingerprint& secret, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (good_.size() >= limits::remembered_tokens && !good_.contains(secret)) {
    good_.clear();
  }
  good_.insert_or_assign(secret, now);
}

bool ApiAuthenticator::was_good_lately(const Fingerprint& secret, Timestamp now) {
  const std::lock_guard lock(mutex_);
  const auto found = good_.find(secret);
  return found != good_.end() && now - found->second < limits::remembered_token_life;
}

std::uint64_t ApiAuthenticator::body_limit(const HttpRequest& head, std::uint64_t of_route) {
  const auto secret = secret_of(head);
  if (secret && is_key(secret->reveal())) {
    return of_route;
  }
  if (!secret || !looks_like_api_token(secret->reveal_text())) {
    return limits::unauthenticated_body;
  }
  const Timestamp now = clock_.now();
  if (was_good_lately(sha256(secret->reveal()), now)) {
    return of_route;
  }
  if (announces_small_body(head)) {
    return limits::unauthenticated_body;
  }
  const auto token = token_of(secret->reveal());
  return token && *token && (*token)->is_good_at(now) ? of_route : limits::unauthenticated_body;
}

std::optional<std::int64_t> ApiAuthenticator::take_log_line() {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.now();
  if (now - window_start_ >= std::chrono::minutes(1) || now < window_start_) {
    window_start_ = now;
    lines_in_window_ = 0;
  }
  if (lines_in_window_ >= limits::authentication_log_lines) {
    ++untold_;
    return std::nullopt;
  }
  ++lines_in_window_;
  return std::exchange(untold_, 0);
}

void ApiAuthenticator::log_refusal(const HttpRequest& request, std::string_view trace_id) {
  const auto untold = take_log_line();
  if (!untold) {
    return;
  }
  const auto secret = secret_of(request);
  const auto found =
      secret ? token_of(secret->reveal()) : Result<std::optional<ApiToken>>(std::nullopt);
  const auto token = found ? *found : std::nullopt;
  log_.warn(!token              ? "API key or token missing or wrong"
            : token->revoked_at ? "API token is revoked"
                                : "API token has expired",
            {{"peer", request.peer.address},
             {"trace_id", std::string(trace_id)},
             {"token_id", token ? token->name.id : ""},
             {"token_name", token ? token->name.name : ""},
             {"not_logged_before", std::to_string(*untold)}});
}

}  // namespace bramley
