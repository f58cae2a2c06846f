#pragma once

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace bramley {

// Where something stands, as error messages name it.
struct DesiredPlace {
  std::string file = {};  // "-": standard input
  int line = 0;           // from 1; 0: the file as a whole
  int column = 0;

  // "fleet.yaml:3:5"
  [[nodiscard]] std::string text() const;
  // malformed: "fleet.yaml:3:5: WHAT".
  [[nodiscard]] Error error(const std::string& what, std::string hint = {}) const;
};

struct DesiredMember;

// A value of a file that says how things should be, and where it stands.
struct DesiredValue {
  enum class Kind { nothing, text, list, members };
  Kind kind = Kind::nothing;
  DesiredPlace place = {};
  std::string text = {};
  std::vector<DesiredValue> items = {};
  std::vector<DesiredMember> members;
};

struct DesiredMember {
  std::string name;
  DesiredPlace place;
  DesiredValue value;
};

// What a file says should be there: its YAML documents, or the items where one is a list; JSON is
// YAML, too. Empty documents are none. malformed, with the place: not well-formed, no object, a
// key twice, more than 32 levels or 100,000 values.
Result<std::vector<DesiredValue>> parse_desired_state(ByteView content, const std::string& file);

}  // namespace bramley
