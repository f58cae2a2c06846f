#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/secret_bytes.h"
#include "core/crypto/digest.h"
#include "core/net/http_message.h"
#include "server/service/api_caller.h"

namespace bramley {

// Knows who asks by the API key or a token: `Authorization: Bearer SECRET`, or Basic with any user
// name and the secret as password (RFC 6750, RFC 7617). Safe to use from several threads.
class ApiAuthenticator {
 public:
  // Keeps only the key's hash. An empty key lets nobody in.
  ApiAuthenticator(const SecretBytes& api_key, TokenStore& tokens, const Clock& clock, Log& log);

  // The key is compared by its hash, in constant time: neither it nor its length shows in the time
  // it takes. A token is looked up by its hash, in the database each time: one that was revoked
  // anywhere is revoked here. Its use is noted. unauthenticated: none of them, in the same words
  // whether it is wrong, expired or revoked. unavailable: the database does not answer.
  [[nodiscard]] Result<ApiCaller> caller_of(const HttpRequest& request);

  // How large a request's body may be when its route takes `of_route` bytes: for strangers
  // limits::unauthenticated_body. Seldom asks the database, as the listener's thread must not wait:
  // for a large body of a token that let nobody in lately. It is no leave to do anything.
  [[nodiscard]] std::uint64_t body_limit(const HttpRequest& head, std::uint64_t of_route);

  // Writes that a request was refused, without what it brought, but with the token that is not good
  // any more: at most limits::authentication_log_lines a minute, so that guessing does not fill the
  // disk.
  void log_refusal(const HttpRequest& request, std::string_view trace_id);

 private:
  [[nodiscard]] bool is_key(ByteView presented) const;
  // None: no such token.
  [[nodiscard]] Result<std::optional<ApiToken>> token_of(ByteView presented) const;
  void remember_good(const Fingerprint& secret, Timestamp now);
  [[nodiscard]] bool was_good_lately(const Fingerprint& secret, Timestamp now);
  // Whether another line may be written, and how many were not.
  [[nodiscard]] std::optional<std::int64_t> take_log_line();

  const bool has_key_;
  const Fingerprint key_hash_;
  TokenStore& tokens_;
  const Clock& clock_;
  Log& log_;

  std::mutex mutex_;
  Timestamp window_start_;
  int lines_in_window_ = 0;
  std::int64_t untold_ = 0;
  std::unordered_map<Fingerprint, Timestamp> good_;  // when a token last let somebody in
};

}  // namespace bramley
