#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/desired_state/desired_value.h"

namespace bramley {

// Takes the keys of one object, and refuses what nobody asked for. Errors are malformed and name
// the file, line, column and key.
class DesiredFields {
 public:
  // Keeps a reference to `object`.
  explicit DesiredFields(const DesiredValue& object) : object_(object) {}

  [[nodiscard]] const DesiredPlace& place() const { return object_.place; }
  // Of the value that was taken last.
  [[nodiscard]] const DesiredPlace& last_place() const { return last_; }
  // The same as an error of the place alone, with the key in it.
  [[nodiscard]] Error wrong(const std::string& what, std::string hint = {}) const;

  // nullopt: the key is not there, or without a value.
  Result<std::optional<std::string>> take_text(const std::string& name);
  // malformed also when it is not there, or empty.
  Result<std::string> take_required_text(const std::string& name);
  // true, false, on, off, yes, no.
  Result<bool> take_bool(const std::string& name, bool otherwise);
  // The first one is taken when the key is not there.
  Result<std::string> take_choice(const std::string& name, const std::vector<std::string>& choices);
  // malformed: a key that was not asked for, with the one that was probably meant.
  [[nodiscard]] Status finish() const;

 private:
  const DesiredValue& object_;
  std::vector<std::string> known_;
  std::string last_name_;
  DesiredPlace last_;
};

}  // namespace bramley
