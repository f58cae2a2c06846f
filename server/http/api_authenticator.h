#pragma once

#include <mutex>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/secret_bytes.h"
#include "core/crypto/digest.h"
#include "core/net/http_message.h"

namespace bramley {

// Knows an administrator by the API key: `Authorization: Bearer KEY`, or Basic with any user name
// and the key as password (RFC 6750, RFC 7617). Safe to use from several threads.
class ApiAuthenticator {
 public:
  // Keeps only the key's hash. An empty key lets nobody in.
  ApiAuthenticator(const SecretBytes& api_key, const Clock& clock, Log& log);

  // Compares hashes, in constant time: neither the key nor its length shows in the time it takes.
  [[nodiscard]] bool accepts(const HttpRequest& request) const;

  // Writes that a request was refused, without what it brought: at most
  // limits::authentication_log_lines a minute, so that guessing does not fill the disk.
  void log_refusal(const HttpRequest& request, std::string_view trace_id);

 private:
  [[nodiscard]] bool is_key(ByteView presented) const;

  const bool has_key_;
  const Fingerprint key_hash_;
  const Clock& clock_;
  Log& log_;

  std::mutex mutex_;
  Timestamp window_start_;
  int lines_in_window_ = 0;
  std::int64_t untold_ = 0;
};

}  // namespace bramley
