#pragma once

// Private to the listener.

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "server/http/listener.h"

namespace bramley {

// The TLS settings of one endpoint, made from its files and made again when those change. Safe from
// several threads.
class TlsIdentity {
 public:
  // malformed, not_found, forbidden: the message names the file, the hint says what to do.
  static Result<std::unique_ptr<TlsIdentity>> load(
      TlsFiles files, const std::vector<Certificate>& client_authorities);

  // For new connections.
  [[nodiscard]] std::shared_ptr<SSL_CTX> context() const;

  // Reads the files again. What is wrong with them is logged, and the old settings stay.
  void reload(Log& log);
  // Reloads if the files are others than at the last look, and did not change since the one before
  // (whoever renews them may be between the two). Also now and then without a change: the keys that
  // seal session tickets should not live as long as the process.
  void reload_if_changed(Log& log);

 private:
  // What tells one version of a file from the next without reading it.
  struct Stamp {
    timespec modified{};
    off_t size = -1;
    ino_t inode = 0;
    bool operator==(const Stamp& other) const;
  };
  struct Stamps {
    Stamp certificate;
    Stamp key;
    bool operator==(const Stamps& other) const = default;
  };

  explicit TlsIdentity(TlsFiles files) : files_(std::move(files)) {}
  static Stamp stamp_of(const std::filesystem::path& path);
  [[nodiscard]] Stamps stamps() const;
  Result<std::shared_ptr<SSL_CTX>> make_context() const;

  const TlsFiles files_;
  std::vector<Bytes> authority_names_;  // DER
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;
  Stamps used_;  // those of the last reload, successful or not
  Stamps seen_;  // those of the last look
  Timestamp tried_{};
};

}  // namespace bramley
