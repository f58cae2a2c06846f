#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret_bytes.h"

namespace bramley {

// Looks up an environment variable; nullptr when it is unset.
using Environment = std::function<const char*(const char*)>;

// Where a secret is, so that the secret itself is never an argument that other users can see:
// `@FILE`, `env:NAME`, `fd:N`, or `-` for standard input.
class SecretReference {
 public:
  enum class Source { none, file, environment, twin, descriptor, standard_input };

  SecretReference() = default;
  // malformed: any other text, which might be the secret itself and is therefore not repeated.
  static Result<SecretReference> parse(std::string_view text);
  // A flag's environment twin, which holds the secret, or `@FILE`.
  static SecretReference from_variable(std::string name) {
    return SecretReference(Source::twin, std::move(name));
  }

  [[nodiscard]] bool is_given() const { return source_ != Source::none; }
  [[nodiscard]] Source source() const { return source_; }
  // File or variable name, or number; empty for standard input.
  [[nodiscard]] const std::string& place() const { return place_; }

  // Reads it: at most 64 KiB, without one final line break. malformed: empty or too long.
  [[nodiscard]] Result<SecretBytes> read(const Environment& environment) const;

 private:
  SecretReference(Source source, std::string place) : source_(source), place_(std::move(place)) {}
  Source source_ = Source::none;
  std::string place_;
};

// Asks on the terminal (/dev/tty) without echo. unavailable: there is no terminal.
Result<SecretBytes> prompt_for_secret(std::string_view question);

}  // namespace bramley
