#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bramley {

// A system's version: one to four numbers with dots between them. Missing ones are 0, so 14
// is 14.0.
class OsVersion {
 public:
  // None: no such thing. What follows a blank is dropped ("17.4.1 (a)", a Rapid Security Response).
  static std::optional<OsVersion> parse(std::string_view text);

  // Without zeros at the end, but with two numbers at least.
  [[nodiscard]] std::string text() const;
  auto operator<=>(const OsVersion&) const = default;

 private:
  std::array<std::uint32_t, 4> numbers_{};
};

}  // namespace bramley
