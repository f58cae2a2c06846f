#include "cli/desired_state/desired_fields.h"

#include <algorithm>

#include "core/base/suggestions.h"

namespace bramley {
namespace {

std::string meant(const std::string& word, const std::vector<std::string>& candidates) {
  const auto match = closest_match(word, candidates);
  return match ? "did you mean '" + *match + "'?" : std::string();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text.append(text.empty() ? "" : ", ").append(word);
  }
  return text;
}

}  // namespace

Error DesiredFields::wrong(const std::string& what, std::string hint) const {
  return last_.error(last_name_ + ": " + what, std::move(hint));
}

Result<std::optional<std::string>> DesiredFields::take_text(const std::string& name) {
  known_.push_back(name);
  last_name_ = name;
  last_ = object_.place;
  const auto found = std::ranges::find_if(
      object_.members, [&](const DesiredMember& member) { return member.name == name; });
  if (found == object_.members.end()) {
    return std::optional<std::string>();
  }
  last_ = found->value.place.line == 0 ? found->place : found->value.place;
  switch (found->value.kind) {
    case DesiredValue::Kind::text:
      return std::optional(found->value.text);
    case DesiredValue::Kind::nothing:
      return std::optional<std::string>();
    default:
      return wrong("it takes one value, and no list or object");
  }
}

Result<std::string> DesiredFields::take_required_text(const std::string& name) {
  TRY_ASSIGN(auto text, take_text(name));
  if (!text || text->empty()) {
    std::vector<std::string> there;
    for (const DesiredMember& member : object_.members) {
      if (std::ranges::find(known_, member.name) == known_.end()) {
        there.push_back(member.name);
      }
    }
    const auto slip = closest_match(name, there);
    return wrong("it is needed, and not there", slip ? "is it '" + *slip + "'?" : "");
  }
  return *std::move(text);
}

Result<bool> DesiredFields::take_bool(const std::string& name, bool otherwise) {
  TRY_ASSIGN(const auto text, take_text(name));
  if (!text) {
    return otherwise;
  }
  const std::string_view word = *text;
  if (word == "true" || word == "on" || word == "yes") {
    return true;
  }
  if (word == "false" || word == "off" || word == "no") {
    return false;
  }
  return wrong("it is true or false, and not '" + *text + "'");
}

Result<std::string> DesiredFields::take_choice(const std::string& name,
                                               const std::vector<std::string>& choices) {
  TRY_ASSIGN(auto text, take_text(name));
  if (!text) {
    return choices.front();
  }
  if (std::ranges::find(choices, *text) == choices.end()) {
    return wrong("it is one of " + joined(choices) + ", and not '" + *text + "'",
                 meant(*text, choices));
  }
  return *std::move(text);
}

Status DesiredFields::finish() const {
  for (const DesiredMember& member : object_.members) {
    if (std::ranges::find(known_, member.name) == known_.end()) {
      const std::string hint = meant(member.name, known_);
      return member.place.error("unknown key '" + member.name + "'",
                                hint.empty() ? "the keys are " + joined(known_) : hint);
    }
  }
  return {};
}

}  // namespace bramley
