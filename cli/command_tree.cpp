#include "cli/command_tree.h"

#include <algorithm>

namespace bramley {

CommandNode& CommandNode::add(std::string name, std::string summary) {
  children_.push_back(std::make_unique<CommandNode>(std::move(name), std::move(summary), this));
  return *children_.back();
}

CommandNode& CommandNode::describe(std::string text) {
  description_ = std::move(text);
  return *this;
}

CommandNode& CommandNode::example(std::string command, std::string meaning) {
  examples_.push_back({std::move(command), std::move(meaning)});
  return *this;
}

CommandNode& CommandNode::flag(FlagSpec spec, ValueBinding binding) {
  // Now, for parsing will change the variable.
  if (spec.default_text.empty()) {
    spec.default_text = binding.current_text();
  }
  flags_.push_back({std::move(spec), binding});
  return *this;
}

CommandNode& CommandNode::positional(PositionalSpec spec, ValueBinding binding) {
  positionals_.push_back({std::move(spec), binding});
  return *this;
}

CommandNode& CommandNode::talks_to_server() {
  needs_server_ = true;
  return *this;
}

CommandNode& CommandNode::prints_data() {
  has_data_ = true;
  return *this;
}

CommandNode& CommandNode::run(Handler handler) {
  handler_ = std::move(handler);
  return *this;
}

const CommandNode* CommandNode::find(std::string_view name) const {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [&](const auto& child) { return child->name() == name; });
  return found == children_.end() ? nullptr : found->get();
}

const CommandNode* CommandNode::find_path(const std::vector<std::string>& words) const {
  const CommandNode* node = this;
  for (const std::string& word : words) {
    node = node->find(word);
    if (node == nullptr) {
      return nullptr;
    }
  }
  return node;
}

std::string CommandNode::path() const {
  if (parent_ == nullptr) {
    return {};
  }
  const std::string before = parent_->path();
  return before.empty() ? name_ : before + " " + name_;
}

std::string CommandNode::full_name() const {
  return parent_ == nullptr ? name_ : parent_->full_name() + " " + name_;
}

void CommandNode::visit(const std::function<void(const CommandNode&)>& visitor) const {
  visitor(*this);
  for (const auto& child : children_) {
    child->visit(visitor);
  }
}

}  // namespace bramley
