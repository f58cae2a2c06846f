#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/clock.h"
#include "core/mdm/device_facts.h"
#include "core/mdm/os_version.h"

namespace bramley {

// Which devices are meant, as an expression over their facts:
//
//   platform == "macOS" && os_version < "14.4" && last_seen < ago("7d")
//
//   expression = term { "||" term }
//   term       = factor { "&&" factor }
//   factor     = "!" factor | "(" expression ")" | test
//   test       = FACT                        a yes-or-no fact
//              | FACT OPERATOR value         == != < <= > >=; text and yes-or-no: == and != only
//              | FACT "in" "[" value { "," value } "]"
//              | "known" "(" FACT ")"
//              | ("contains" | "starts_with" | "ends_with") "(" FACT "," TEXT ")"
//   value      = TEXT | NUMBER | "true" | "false" | "ago" "(" TEXT ")"
//
// TEXT is in double quotes, with \" and \\ inside; upper and lower case differ. A version is TEXT
// of dotted numbers and compares by them; a moment is TEXT as in RFC 3339, or ago("7d").
//
// A fact that is not known makes its test neither true nor false (but known() false), and so does
// what hangs on it alone: unknown && false is false, unknown || true is true, !unknown is unknown.
// Only what is true is selected.
class Selection {
 public:
  static constexpr std::size_t longest = 4096;  // bytes
  static constexpr int deepest = 32;            // parentheses and "!" inside each other

  // malformed: too long, too deep, or not such an expression; the message has the column and what
  // was expected there, the hint what may have been meant.
  static Result<Selection> parse(std::string_view text);

  [[nodiscard]] bool matches(const DeviceFacts& facts, Timestamp now) const;
  // The facts that it names, each once.
  [[nodiscard]] const std::vector<Fact>& facts() const { return facts_; }

  struct Node;

 private:
  Selection(std::vector<Node> nodes, std::vector<Fact> facts);
  std::vector<Node> nodes_;  // the last one is the root
  std::vector<Fact> facts_;
};

// One step of an expression: others come before it.
struct Selection::Node {
  enum class Kind { all, any, no, is, compare, known, contains, starts_with, ends_with };
  enum class Operator { equal, unequal, less, at_most, greater, at_least };
  // A duration is so long before the time of asking.
  using Value = std::variant<bool, double, std::string, Timestamp, std::chrono::seconds, OsVersion>;
  Kind kind;
  std::vector<std::size_t> parts = {};  // of all, any and no
  Fact fact = Fact::udid;
  Operator comparison = Operator::equal;
  // One, or with `in` any of which is enough.
  std::vector<Value> values = {};
};

}  // namespace bramley
