#pragma once

#include <string_view>

#include "core/base/bytes.h"

namespace bramley {

// Key material, passphrases, challenges: wiped on release, moved but never copied silently, and
// with no way into a stream or a log line. `reveal()` is the one word to search for in a review.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(Bytes bytes) : bytes_(std::move(bytes)) {}
  // Copies: the caller still owns (and should wipe) what it passes.
  explicit SecretBytes(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  explicit SecretBytes(std::string_view text) : bytes_(text.begin(), text.end()) {}
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  [[nodiscard]] SecretBytes clone() const { return SecretBytes(ByteView(bytes_)); }
  [[nodiscard]] ByteView reveal() const { return bytes_; }
  [[nodiscard]] std::string_view reveal_text() const { return as_text(bytes_); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  void wipe() noexcept;
  Bytes bytes_;
};

}  // namespace bramley
