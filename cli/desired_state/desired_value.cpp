#include "cli/desired_state/desired_value.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "core/base/encoding.h"

namespace bramley {
namespace {

constexpr int deepest = 32;
constexpr std::size_t most_values = 100'000;

class Converter {
 public:
  explicit Converter(const std::string& file) : file_(file) {}

  [[nodiscard]] DesiredPlace place(const YAML::Mark& mark) const {
    return mark.is_null() ? DesiredPlace{file_}
                          : DesiredPlace{file_, mark.line + 1, mark.column + 1};
  }

  // Counts aliases as what they stand for: a few lines of them must not become millions.
  Result<DesiredValue> value(const YAML::Node& node, int depth) {
    DesiredValue made;
    made.place = place(node.Mark());
    if (depth > deepest || ++values_ > most_values) {
      return made.place.error("nested more than 32 deep, or more than 100000 values");
    }
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        made.kind = DesiredValue::Kind::text;
        made.text = node.Scalar();
        break;
      case YAML::NodeType::Sequence:
        made.kind = DesiredValue::Kind::list;
        for (const YAML::Node& item : node) {
          TRY_ASSIGN(auto one, value(item, depth + 1));
          made.items.push_back(std::move(one));
        }
        break;
      case YAML::NodeType::Map:
        made.kind = DesiredValue::Kind::members;
        TRY(add_members(node, made, depth));
        break;
      default:
        break;
    }
    return made;
  }

 private:
  Status add_members(const YAML::Node& node, DesiredValue& made, int depth) {
    for (const auto& entry : node) {
      const DesiredPlace at = place(entry.first.Mark());
      if (!entry.first.IsScalar()) {
        return at.error("a key is no text");
      }
      const std::string& name = entry.first.Scalar();
      if (std::ranges::any_of(made.members,
                              [&](const DesiredMember& other) { return other.name == name; })) {
        return at.error("the key '" + name + "' is there twice");
      }
      TRY_ASSIGN(auto one, value(entry.second, depth + 1));
      made.members.push_back({name, at, std::move(one)});
    }
    return {};
  }

  const std::string& file_;
  std::size_t values_ = 0;
};

Status add_object(DesiredValue value, std::vector<DesiredValue>& objects) {
  if (value.kind != DesiredValue::Kind::members) {
    return value.place.error("this is no object with a kind",
                             "begin one with 'kind: Webhook'; '---' stands between two of them");
  }
  objects.push_back(std::move(value));
  return {};
}

Result<std::vector<DesiredValue>> objects_of(const std::vector<YAML::Node>& documents,
                                             const std::string& file) {
  std::vector<DesiredValue> objects;
  Converter converter(file);
  for (const YAML::Node& document : documents) {
    TRY_ASSIGN(DesiredValue value, converter.value(document, 1));
    if (value.kind == DesiredValue::Kind::nothing) {
      continue;
    }
    if (value.kind != DesiredValue::Kind::list) {
      TRY(add_object(std::move(value), objects));
      continue;
    }
    for (DesiredValue& item : value.items) {
      TRY(add_object(std::move(item), objects));
    }
  }
  return objects;
}

}  // namespace

std::string DesiredPlace::text() const {
  return line == 0 ? file : file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Error DesiredPlace::error(const std::string& what, std::string hint) const {
  return {ErrorCode::malformed, text() + ": " + what, std::move(hint)};
}

Result<std::vector<DesiredValue>> parse_desired_state(ByteView content, const std::string& file) {
  if (!is_utf8(as_text(content))) {
    return DesiredPlace{file}.error("it is no text in UTF-8");
  }
  try {
    return objects_of(YAML::LoadAll(std::string(as_text(content))), file);
  } catch (const YAML::Exception& fault) {
    return Converter(file).place(fault.mark).error(fault.msg);
  }
}

}  // namespace bramley
