#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/catalogue/command_catalogue.h"
#include "core/plist/plist_value.h"

namespace bramley {

// The name of a place within a command: Key, Key.Sub, Key[0], Settings.Bluetooth.Enabled. A dot
// that belongs to a name is written \. .
struct PathStep {
  std::string name;       // of a dictionary's key; empty: an item
  std::size_t index = 0;  // of an array's item
  [[nodiscard]] bool is_item() const { return name.empty(); }
};
// malformed: an empty name, a bracket without its other, an item's number over 9,999.
Result<std::vector<PathStep>> parse_key_path(std::string_view text);

// The keys of a command (without RequestType) that is being put together from assignments.
class ParameterTree {
 public:
  // What is in `start` is there already. A null `command` is one that nobody knows.
  explicit ParameterTree(const CommandDescription* command, PlistDictionary start = {});
  ~ParameterTree();
  ParameterTree(ParameterTree&&) noexcept;
  ParameterTree& operator=(ParameterTree&&) noexcept;

  // The key that a path leads to; null when nobody knows it.
  [[nodiscard]] const KeyDescription* description_of(const std::vector<PathStep>& path) const;

  // Puts text where the path leads, as typed_value. Texts for an array of plain items add up. In an
  // array of dictionaries a name stands for the only item, or, where items are told apart by Item
  // (Settings), for the item of that name. malformed: no such value, a place that is given twice,
  // or a path that the values do not have, saying so.
  Status set_text(const std::string& path, std::string_view text);
  // The same with a value that is ready.
  Status set_value(const std::string& path, const PlistValue& value);

  [[nodiscard]] PlistDictionary parameters() const;

 private:
  struct Node;
  struct Place;
  static Status enter_item(Place& at, const PathStep& step);
  static Status enter_array(Place& at, const PathStep& step, bool& arrived);
  Status enter_name(Place& at, const PathStep& step) const;
  [[nodiscard]] Result<Place> reach(const std::string& path) const;

  const CommandDescription* command_;
  std::unique_ptr<Node> root_;
};

}  // namespace bramley
