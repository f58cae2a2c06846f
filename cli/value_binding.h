#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "cli/secret_reference.h"
#include "core/base/result.h"

namespace bramley {

// What a value is: shells complete by it, help describes it.
enum class ValueKind { toggle, text, number, duration, path, secret };

// Ties a flag or a positional to the variable that receives it. The variable must outlive the
// command tree: commands keep theirs in a shared_ptr that their handler holds too. The value it has
// when it is bound is the default that help shows.
class ValueBinding {
 public:
  using Target =
      std::variant<bool*, std::optional<bool>*, std::string*, std::optional<std::string>*,
                   std::vector<std::string>*, std::int64_t*, std::chrono::seconds*,
                   std::optional<std::chrono::seconds>*, std::filesystem::path*,
                   std::vector<std::filesystem::path>*, SecretReference*>;

  template <class T>
    requires std::is_constructible_v<Target, T*>
  ValueBinding(T& target) : target_(&target) {}

  [[nodiscard]] ValueKind kind() const;
  // Whether it may be given more than once.
  [[nodiscard]] bool repeats() const;
  // The bound variable's value as text; empty for "none".
  [[nodiscard]] std::string current_text() const;
  // Whether the variable still is what a value-initialised one would be.
  [[nodiscard]] bool is_blank() const;

  // Converts and stores. malformed: not such a value.
  Status assign(const std::vector<std::string>& texts) const;
  // The same from an environment variable: lists split at commas, secrets keep the name only.
  Status assign_variable(const std::string& name, const std::string& text) const;

 private:
  Target target_;
};

}  // namespace bramley
