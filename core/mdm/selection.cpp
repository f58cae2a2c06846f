#include "core/mdm/selection.h"

#include <algorithm>
#include <optional>

namespace bramley {
namespace {

using Node = Selection::Node;
using Kind = Selection::Node::Kind;
using Operator = Selection::Node::Operator;
// None: it is not known.
using Truth = std::optional<bool>;

template <class T>
int order_of(const T& left, const T& right) {
  return left < right ? -1 : right < left ? 1 : 0;
}

// Negative, 0, positive; none where the two cannot be compared.
struct Order {
  const Node::Value& value;
  Timestamp now;

  std::optional<int> operator()(bool known) const { return with(known); }
  std::optional<int> operator()(double known) const { return with(known); }
  std::optional<int> operator()(Timestamp known) const {
    if (const auto* const before = std::get_if<std::chrono::seconds>(&value)) {
      return order_of<Timestamp>(known, now - *before);
    }
    return with(known);
  }
  std::optional<int> operator()(const std::string& known) const {
    const auto* const version = std::get_if<OsVersion>(&value);
    if (version == nullptr) {
      return with(known);
    }
    const auto parsed = OsVersion::parse(known);
    return parsed ? std::optional(order_of(*parsed, *version)) : std::nullopt;
  }

 private:
  template <class T>
  std::optional<int> with(const T& known) const {
    const auto* const other = std::get_if<T>(&value);
    return other == nullptr ? std::nullopt : std::optional(order_of(known, *other));
  }
};

bool holds(Operator comparison, int order) {
  switch (comparison) {
    case Operator::equal:
      return order == 0;
    case Operator::unequal:
      return order != 0;
    case Operator::less:
      return order < 0;
    case Operator::at_most:
      return order <= 0;
    case Operator::greater:
      return order > 0;
    case Operator::at_least:
      return order >= 0;
  }
  return false;
}

Truth compare(const Node& node, const FactValue& known, Timestamp now) {
  bool any = false;
  for (const Node::Value& value : node.values) {
    const auto order = std::visit(Order{value, now}, known);
    if (!order) {
      return std::nullopt;
    }
    any = any || holds(node.comparison, *order);
  }
  return any;
}

// all: one that is false decides; any: one that is true.
Truth combine(const std::vector<std::size_t>& parts, const std::vector<Truth>& truths,
              bool deciding) {
  Truth found = !deciding;
  for (const std::size_t part : parts) {
    if (truths[part] == deciding) {
      return deciding;
    }
    if (!truths[part]) {
      found = std::nullopt;
    }
  }
  return found;
}

Truth test(const Node& node, const DeviceFacts& facts, Timestamp now) {
  const KnownFact* const known = facts.find(node.fact);
  if (node.kind == Kind::known) {
    return known != nullptr;
  }
  if (known == nullptr) {
    return std::nullopt;
  }
  if (node.kind == Kind::compare) {
    return compare(node, known->value, now);
  }
  if (const auto* const yes_no = std::get_if<bool>(&known->value)) {
    return *yes_no;
  }
  const auto* const text = std::get_if<std::string>(&known->value);
  const auto* const part =
      node.values.empty() ? nullptr : std::get_if<std::string>(&node.values.front());
  if (text == nullptr || part == nullptr) {
    return std::nullopt;
  }
  return node.kind == Kind::contains      ? text->find(*part) != std::string::npos
         : node.kind == Kind::starts_with ? text->starts_with(*part)
                                          : text->ends_with(*part);
}

}  // namespace

Selection::Selection(std::vector<Node> nodes, std::vector<Fact> facts)
    : nodes_(std::move(nodes)), facts_(std::move(facts)) {}

bool Selection::matches(const DeviceFacts& facts, Timestamp now) const {
  std::vector<Truth> truths;
  truths.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    switch (node.kind) {
      case Kind::all:
        truths.push_back(combine(node.parts, truths, false));
        break;
      case Kind::any:
        truths.push_back(combine(node.parts, truths, true));
        break;
      case Kind::no: {
        const Truth inner = truths[node.parts.front()];
        truths.push_back(inner ? Truth(!*inner) : std::nullopt);
        break;
      }
      default:
        truths.push_back(test(node, facts, now));
    }
  }
  return truths.back() == true;
}

}  // namespace bramley
