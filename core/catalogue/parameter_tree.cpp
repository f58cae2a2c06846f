#include "core/catalogue/parameter_tree.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/catalogue/command_values.h"

namespace bramley {
namespace {

// "[12]" at the front of `text`, taken away from it.
Result<std::size_t> take_index(std::string_view& text) {
  constexpr std::size_t most = 9999;
  std::size_t index = most + 1;
  const std::size_t end = std::min(text.find(']'), text.size());
  const auto [stop, failure] = std::from_chars(text.data() + 1, text.data() + end, index);
  if (end == text.size() || failure != std::errc() || stop != text.data() + end || index > most) {
    return Error{ErrorCode::malformed, "an item's number is between [ and ], from 0 to 9999"};
  }
  text.remove_prefix(end + 1);
  return index;
}

// A name up to '.' or '[', taken away from `text`.
std::string take_name(std::string_view& text) {
  std::string name;
  while (!text.empty() && text.front() != '.' && text.front() != '[') {
    if (text.front() == '\\' && text.size() > 1) {
      text.remove_prefix(1);
    }
    name += text.front();
    text.remove_prefix(1);
  }
  return name;
}

}  // namespace

Result<std::vector<PathStep>> parse_key_path(std::string_view text) {
  std::vector<PathStep> steps;
  const auto bad = [&text] {
    return Error{ErrorCode::malformed, "'" + std::string(text) + "' is no key",
                 "as PIN, ReturnToService.Enabled, Settings[0].Item"};
  };
  std::string_view rest = text;
  do {
    std::string name = take_name(rest);
    if (name.empty()) {
      return bad();
    }
    steps.push_back({std::move(name), 0});
    while (rest.starts_with('[')) {
      TRY_ASSIGN(const std::size_t index, take_index(rest));
      steps.push_back({{}, index});
    }
    if (!rest.empty() && (rest.front() != '.' || rest.size() == 1)) {
      return bad();
    }
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
  } while (!rest.empty());
  return steps;
}

struct ParameterTree::Node {
  enum class Kind { unset, leaf, dictionary, array } kind = Kind::unset;
  std::optional<PlistValue> leaf = {};
  std::vector<std::pair<std::string, Node>> members = {};
  std::vector<Node> items = {};

  static Node of(const PlistValue& value) {
    Node node;
    if (const auto* dictionary = value.dictionary()) {
      node.kind = Kind::dictionary;
      for (const auto& [name, member] : dictionary->entries()) {
        node.members.emplace_back(name, of(member));
      }
    } else if (const auto* array = value.array()) {
      node.kind = Kind::array;
      for (const PlistValue& item : *array) {
        node.items.push_back(of(item));
      }
    } else {
      node.kind = Kind::leaf;
      node.leaf = value;
    }
    return node;
  }

  [[nodiscard]] PlistValue value() const {
    if (kind == Kind::leaf) {
      return *leaf;
    }
    if (kind == Kind::array) {
      PlistArray array;
      for (const Node& item : items) {
        array.push_back(item.value());
      }
      return array;
    }
    std::vector<PlistDictionary::Entry> entries;
    entries.reserve(members.size());
    for (const auto& [name, member] : members) {
      entries.emplace_back(name, member.value());
    }
    return PlistDictionary(std::move(entries));
  }

  Node* member(std::string_view name) {
    for (auto& [key, node] : members) {
      if (key == name) {
        return &node;
      }
    }
    return nullptr;
  }
  // Whether it may become, or is, of this kind.
  bool become(Kind wanted) {
    if (kind == Kind::unset) {
      kind = wanted;
    }
    return kind == wanted;
  }
  Node& member_or_new(const std::string& name) {
    Node* found = member(name);
    return found != nullptr ? *found : members.emplace_back(name, Node()).second;
  }
};

// Where a path leads, and what is known of what belongs there.
struct ParameterTree::Place {
  Node* node = nullptr;
  const KeyDescription* key = nullptr;
};

namespace {

// The key below `above` that a name stands for.
const KeyDescription* key_below(const KeyDescription* above, const std::string& name) {
  if (above == nullptr) {
    return nullptr;
  }
  if (above->type != KeyType::array) {
    return above->find(name);
  }
  if (above->has_alternatives()) {
    return above->alternative(name);
  }
  const KeyDescription* item = above->item();
  return item == nullptr ? nullptr : item->find(name);
}

Error not_there(std::string why) {
  return {ErrorCode::malformed, std::move(why)};
}

}  // namespace

ParameterTree::ParameterTree(const CommandDescription* command, PlistDictionary start)
    : command_(command), root_(std::make_unique<Node>(Node::of(std::move(start)))) {
  root_->kind = Node::Kind::dictionary;
}
ParameterTree::~ParameterTree() = default;
ParameterTree::ParameterTree(ParameterTree&&) noexcept = default;
ParameterTree& ParameterTree::operator=(ParameterTree&&) noexcept = default;

const KeyDescription* ParameterTree::description_of(const std::vector<PathStep>& path) const {
  const KeyDescription* key = nullptr;
  bool first = true;
  for (const PathStep& step : path) {
    if (first) {
      key = command_ == nullptr ? nullptr : command_->find(step.name);
      first = false;
    } else if (!step.is_item()) {
      key = key_below(key, step.name);
    } else if (key != nullptr && !key->has_alternatives()) {
      key = key->item();
    }
  }
  return key;
}

namespace {

// The item of an array of dictionaries that a name without a number means.
template <class Node>
Result<Node*> only_item(Node& array) {
  if (array.items.size() > 1) {
    return not_there("there are several items: say which, as Key[0].Sub");
  }
  if (array.items.empty()) {
    array.items.emplace_back();
  }
  return &array.items.front();
}

template <class Node>
Node& item_called(Node& array, const std::string& name) {
  for (Node& item : array.items) {
    const Node* called = item.member(KeyDescription::discriminator);
    if (called != nullptr && called->leaf && *called->leaf == PlistValue(name)) {
      return item;
    }
  }
  Node& item = array.items.emplace_back();
  item.kind = Node::Kind::dictionary;
  item.member_or_new(std::string(KeyDescription::discriminator)) = Node::of(name);
  return item;
}

// What an item of an array with alternatives is, once it says so.
template <class Node>
const KeyDescription* alternative_of(const KeyDescription& array, Node& item) {
  const Node* called = item.member(KeyDescription::discriminator);
  const std::string* name = called != nullptr && called->leaf ? called->leaf->string() : nullptr;
  return name == nullptr ? nullptr : array.alternative(*name);
}

}  // namespace

Status ParameterTree::enter_item(Place& at, const PathStep& step) {
  if (!at.node->become(Node::Kind::array)) {
    return not_there("it is no array");
  }
  if (step.index > at.node->items.size()) {
    return not_there("items are numbered from 0, without gaps");
  }
  if (step.index == at.node->items.size()) {
    at.node->items.emplace_back();
  }
  Node& item = at.node->items[step.index];
  if (at.key != nullptr) {
    at.key = at.key->has_alternatives() ? alternative_of(*at.key, item) : at.key->item();
  }
  at.node = &item;
  return {};
}

// A name right behind an array: the item that it means. `arrived`: the name is used up.
Status ParameterTree::enter_array(Place& at, const PathStep& step, bool& arrived) {
  if (!at.node->become(Node::Kind::array)) {
    return not_there("it has a value of another kind already");
  }
  if (!at.key->has_alternatives()) {
    TRY_ASSIGN(at.node, only_item(*at.node));
    at.key = at.key->item();
    return {};
  }
  const KeyDescription* alternative = at.key->alternative(step.name);
  if (alternative == nullptr) {
    return not_there("there is no " + step.name + " among its items");
  }
  at = {&item_called(*at.node, step.name), alternative};
  arrived = true;
  return {};
}

Status ParameterTree::enter_name(Place& at, const PathStep& step) const {
  if (at.key != nullptr && at.key->type == KeyType::array) {
    bool arrived = false;
    TRY(enter_array(at, step, arrived));
    if (arrived) {
      return {};
    }
  }
  if (!at.node->become(Node::Kind::dictionary)) {
    return not_there("it has a value of another kind already");
  }
  if (at.node == root_.get()) {
    at.key = command_ == nullptr ? nullptr : command_->find(step.name);
  } else {
    at.key = at.key == nullptr ? nullptr : at.key->find(step.name);
  }
  at.node = &at.node->member_or_new(step.name);
  return {};
}

Result<ParameterTree::Place> ParameterTree::reach(const std::string& path) const {
  TRY_ASSIGN(const std::vector<PathStep> steps, parse_key_path(path));
  Place at{root_.get(), nullptr};
  for (const PathStep& step : steps) {
    if (Status entered = step.is_item() ? enter_item(at, step) : enter_name(at, step); !entered) {
      return std::move(entered).error().while_doing(path);
    }
  }
  return at;
}

Status ParameterTree::set_text(const std::string& path, std::string_view text) {
  TRY_ASSIGN(const Place place, reach(path));
  auto value = typed_value(place.key, text);
  if (!value) {
    return std::move(value).error().while_doing(path);
  }
  const bool adds = place.key != nullptr && place.key->type == KeyType::array;
  if (adds && place.node->become(Node::Kind::array)) {
    for (const PlistValue& item : *value->array()) {
      place.node->items.push_back(Node::of(item));
    }
    return {};
  }
  if (place.node->kind != Node::Kind::unset) {
    return not_there(path + " is given twice");
  }
  *place.node = Node::of(*value);
  return {};
}

Status ParameterTree::set_value(const std::string& path, const PlistValue& value) {
  TRY_ASSIGN(const Place place, reach(path));
  if (place.node->kind != Node::Kind::unset) {
    return not_there(path + " is given twice");
  }
  *place.node = Node::of(value);
  return {};
}

PlistDictionary ParameterTree::parameters() const {
  return root_->value().take_dictionary();
}

}  // namespace bramley
