#include "cli/value_binding.h"

#include <charconv>

#include "core/base/clock.h"

namespace bramley {
namespace {

template <class... Arms>
struct Overloaded : Arms... {
  using Arms::operator()...;
};

Result<bool> parse_switch(const std::string& text) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") {
    return true;
  }
  if (text == "false" || text == "0" || text == "no" || text == "off" || text.empty()) {
    return false;
  }
  return Error{ErrorCode::malformed, "'" + text + "' is neither true nor false"};
}

Result<std::int64_t> parse_integer(const std::string& text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stop != end) {
    return Error{ErrorCode::malformed, "'" + text + "' is not a number"};
  }
  return number;
}

Result<std::chrono::seconds> parse_seconds(const std::string& text) {
  auto duration = parse_duration(text);
  if (!duration) {
    return Error{ErrorCode::malformed, "'" + text + "' is not a duration",
                 "a number and s, m, h, d or w: 90s, 24h, 7d"};
  }
  return duration;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    if (comma > start) {
      parts.push_back(text.substr(start, comma - start));
    }
    start = comma + 1;
  }
  return parts;
}

// One assignment for each type a flag can have. `texts` is never empty.
struct Assign {
  const std::vector<std::string>& texts;

  Status operator()(bool* target) const {
    TRY_ASSIGN(*target, parse_switch(texts.back()));
    return {};
  }
  Status operator()(std::optional<bool>* target) const {
    TRY_ASSIGN(*target, parse_switch(texts.back()));
    return {};
  }
  Status operator()(std::string* target) const {
    *target = texts.back();
    return {};
  }
  Status operator()(std::optional<std::string>* target) const {
    *target = texts.back();
    return {};
  }
  Status operator()(std::vector<std::string>* target) const {
    *target = texts;
    return {};
  }
  Status operator()(std::int64_t* target) const {
    TRY_ASSIGN(*target, parse_integer(texts.back()));
    return {};
  }
  Status operator()(std::chrono::seconds* target) const {
    TRY_ASSIGN(*target, parse_seconds(texts.back()));
    return {};
  }
  Status operator()(std::optional<std::chrono::seconds>* target) const {
    TRY_ASSIGN(*target, parse_seconds(texts.back()));
    return {};
  }
  Status operator()(std::filesystem::path* target) const {
    *target = texts.back();
    return {};
  }
  Status operator()(std::vector<std::filesystem::path>* target) const {
    target->assign(texts.begin(), texts.end());
    return {};
  }
  Status operator()(SecretReference* target) const {
    TRY_ASSIGN(*target, SecretReference::parse(texts.back()));
    return {};
  }
};

}  // namespace

ValueKind ValueBinding::kind() const {
  return std::visit(
      Overloaded{
          [](const bool*) { return ValueKind::toggle; },
          [](const std::optional<bool>*) { return ValueKind::toggle; },
          [](const std::string*) { return ValueKind::text; },
          [](const std::optional<std::string>*) { return ValueKind::text; },
          [](const std::vector<std::string>*) { return ValueKind::text; },
          [](const std::int64_t*) { return ValueKind::number; },
          [](const std::chrono::seconds*) { return ValueKind::duration; },
          [](const std::optional<std::chrono::seconds>*) { return ValueKind::duration; },
          [](const std::filesystem::path*) { return ValueKind::path; },
          [](const std::vector<std::filesystem::path>*) { return ValueKind::path; },
          [](const SecretReference*) { return ValueKind::secret; },
      },
      target_);
}

bool ValueBinding::repeats() const {
  return std::holds_alternative<std::vector<std::string>*>(target_) ||
         std::holds_alternative<std::vector<std::filesystem::path>*>(target_);
}

std::string ValueBinding::current_text() const {
  return std::visit(Overloaded{
                        [](const bool* value) { return std::string(*value ? "true" : ""); },
                        [](const std::string* value) { return *value; },
                        [](const std::optional<std::string>* value) { return value->value_or(""); },
                        [](const std::int64_t* value) { return std::to_string(*value); },
                        [](const std::chrono::seconds* value) { return format_duration(*value); },
                        [](const std::optional<std::chrono::seconds>* value) {
                          return *value ? format_duration(**value) : std::string();
                        },
                        [](const std::filesystem::path* value) { return value->string(); },
                        [](const auto*) { return std::string(); },
                    },
                    target_);
}

bool ValueBinding::is_blank() const {
  return std::visit(
      Overloaded{
          [](const bool* value) { return !*value; },
          [](const std::int64_t* value) { return *value == 0; },
          [](const std::chrono::seconds* value) { return value->count() == 0; },
          [](const std::optional<bool>* value) { return !value->has_value(); },
          [](const std::optional<std::string>* value) { return !value->has_value(); },
          [](const std::optional<std::chrono::seconds>* value) { return !value->has_value(); },
          [](const SecretReference* value) { return !value->is_given(); },
          [](const auto* value) { return value->empty(); },
      },
      target_);
}

Status ValueBinding::assign(const std::vector<std::string>& texts) const {
  if (texts.size() > 1 && !repeats()) {
    return Error{ErrorCode::malformed, "given " + std::to_string(texts.size()) + " times"};
  }
  return std::visit(Assign{texts}, target_);
}

Status ValueBinding::assign_variable(const std::string& name, const std::string& text) const {
  if (auto* const* secret = std::get_if<SecretReference*>(&target_)) {
    **secret = SecretReference::from_variable(name);
    return {};
  }
  return assign(repeats() ? split_at_commas(text) : std::vector<std::string>{text});
}

}  // namespace bramley
