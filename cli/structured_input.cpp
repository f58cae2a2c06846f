#include "cli/structured_input.h"

#include <yaml-cpp/yaml.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/json.h"
#include "core/base/encoding.h"
#include "core/catalogue/command_values.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

constexpr int deepest = 32;
constexpr std::size_t most_values = 100'000;

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) {
    text.remove_prefix(byte_order_mark.size());
  }
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

Error bad(std::string what, std::string hint = {}) {
  return {ErrorCode::malformed, std::move(what), std::move(hint)};
}

// What a document may hold, however it is written.
struct Budget {
  std::size_t values = 0;

  Status take(int depth) {
    if (depth > deepest) {
      return bad("nested more than " + std::to_string(deepest) + " deep");
    }
    return ++values <= most_values ? Status() : bad("more than 100000 values");
  }
};

// --- YAML

std::string place_of(const YAML::Mark& mark) {
  return mark.is_null() ? ""
                        : "line " + std::to_string(mark.line + 1) + ", column " +
                              std::to_string(mark.column + 1) + ": ";
}

Result<PlistValue> yaml_value(const YAML::Node& node, const KeyDescription* key, Budget& budget,
                              int depth);

Result<PlistValue> yaml_scalar(const YAML::Node& node, const KeyDescription* key) {
  const std::string& text = node.Scalar();
  const std::string& tag = node.Tag();
  if (tag == "tag:yaml.org,2002:binary" || tag == "!!binary") {
    auto bytes = decode_base64_lenient(text);
    return bytes ? Result(PlistValue(*std::move(bytes)))
                 : Result<PlistValue>(bad(place_of(node.Mark()) + "!!binary is not base64"));
  }
  // "!": it was in quotes.
  const bool is_text = tag == "!" || tag == "tag:yaml.org,2002:str" ||
                       (key != nullptr && key->type == KeyType::string);
  if (is_text) {
    return PlistValue(text);
  }
  const PlistValue guessed = *typed_value(nullptr, text);
  double real = 0;
  const bool is_real = guessed.string() != nullptr &&
                       text.find_first_not_of("0123456789.eE+-") == std::string::npos &&
                       YAML::convert<double>::decode(node, real) && std::isfinite(real);
  return is_real ? PlistValue(real) : guessed;
}

Result<PlistValue> yaml_sequence(const YAML::Node& node, const KeyDescription* key, Budget& budget,
                                 int depth) {
  PlistArray items;
  for (const YAML::Node& item : node) {
    const KeyDescription* description = key == nullptr ? nullptr : key->item();
    if (key != nullptr && key->has_alternatives() && item.IsMap()) {
      const YAML::Node called = item[std::string(KeyDescription::discriminator)];
      description = called && called.IsScalar() ? key->alternative(called.Scalar()) : nullptr;
    }
    TRY_ASSIGN(PlistValue value, yaml_value(item, description, budget, depth + 1));
    items.push_back(std::move(value));
  }
  return PlistValue(std::move(items));
}

Result<PlistValue> yaml_map(const YAML::Node& node, const std::vector<KeyDescription>& keys,
                            Budget& budget, int depth) {
  PlistDictionary dictionary;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      return bad(place_of(entry.first.Mark()) + "a key is no text");
    }
    const std::string& name = entry.first.Scalar();
    if (dictionary.find(name) != nullptr) {
      return bad(place_of(entry.first.Mark()) + name + " is there twice");
    }
    TRY_ASSIGN(PlistValue value, yaml_value(entry.second, find_key(keys, name), budget, depth + 1));
    dictionary.set(name, std::move(value));
  }
  return PlistValue(std::move(dictionary));
}

Result<PlistValue> yaml_value(const YAML::Node& node, const KeyDescription* key, Budget& budget,
                              int depth) {
  if (Status taken = budget.take(depth); !taken) {
    return std::move(taken).error().while_doing(place_of(node.Mark()) + "YAML");
  }
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return yaml_scalar(node, key);
    case YAML::NodeType::Sequence:
      return yaml_sequence(node, key, budget, depth);
    case YAML::NodeType::Map: {
      static const std::vector<KeyDescription> none;
      const bool known = key != nullptr && key->type == KeyType::dictionary;
      return yaml_map(node, known ? key->keys : none, budget, depth);
    }
    default:
      return bad(place_of(node.Mark()) + "there is no value: property lists have no null",
                 "leave the key out, or write \"\"");
  }
}

Result<PlistValue> parse_yaml(std::string_view text, const KeyDescription& root) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() != 1) {
      return bad(documents.empty() ? "there is nothing in it"
                                   : "there is more than one YAML document in it");
    }
    Budget budget;
    return yaml_value(documents.front(), &root, budget, 1);
  } catch (const YAML::Exception& fault) {
    return bad(place_of(fault.mark) + fault.msg);
  }
}

// --- JSON

Result<PlistValue> json_value(const Json& json, Budget& budget, int depth) {
  TRY(budget.take(depth));
  switch (json.type()) {
    case Json::value_t::boolean:
      return PlistValue(json.get<bool>());
    case Json::value_t::number_integer:
      return PlistValue(json.get<std::int64_t>());
    case Json::value_t::number_unsigned:
      return PlistValue(json.get<std::uint64_t>());
    case Json::value_t::number_float:
      return PlistValue(json.get<double>());
    case Json::value_t::string:
      return PlistValue(json.get<std::string>());
    case Json::value_t::array: {
      PlistArray items;
      for (const Json& item : json) {
        TRY_ASSIGN(PlistValue value, json_value(item, budget, depth + 1));
        items.push_back(std::move(value));
      }
      return PlistValue(std::move(items));
    }
    case Json::value_t::object: {
      PlistDictionary dictionary;
      for (const auto& [name, member] : json.items()) {
        TRY_ASSIGN(PlistValue value, json_value(member, budget, depth + 1));
        dictionary.set(name, std::move(value));
      }
      return PlistValue(std::move(dictionary));
    }
    default:
      return bad("null is no value of a property list", "leave the key out");
  }
}

Result<PlistValue> parse_any(ByteView content, const KeyDescription& root) {
  switch (form_of(content)) {
    case InputForm::plist:
      return parse_plist(content);
    case InputForm::json: {
      TRY_ASSIGN(const Json json, parse_json(as_text(content)));
      Budget budget;
      return json_value(json, budget, 1);
    }
    case InputForm::yaml: {
      const std::string_view text = as_text(content);
      return is_utf8(text) ? parse_yaml(text, root)
                           : Result<PlistValue>(bad("it is neither a property list nor text"));
    }
  }
  return bad("no form");
}

}  // namespace

InputForm form_of(ByteView content) {
  const std::string_view text = without_blanks(as_text(content));
  constexpr std::array<std::string_view, 5> plists = {"bplist", "<?xml", "<plist", "<!DOCTYPE",
                                                      "<!--"};
  for (const std::string_view start : plists) {
    if (text.starts_with(start)) {
      return InputForm::plist;
    }
  }
  return text.starts_with('{') || text.starts_with('[') ? InputForm::json : InputForm::yaml;
}

Result<PlistDictionary> parse_structured(ByteView content,
                                         const std::vector<KeyDescription>& keys) {
  KeyDescription root;
  root.type = KeyType::dictionary;
  root.keys = keys;
  TRY_ASSIGN(PlistValue value, parse_any(content, root));
  if (value.dictionary() == nullptr) {
    return bad("it is no dictionary", "a command is keys with values");
  }
  PlistDictionary dictionary = std::move(value).take_dictionary();
  return form_of(content) == InputForm::plist ? dictionary : fit_to_catalogue(dictionary, keys);
}

Result<PlistValue> parse_structured_value(ByteView content, const KeyDescription* key) {
  TRY_ASSIGN(PlistValue value, parse_any(content, key == nullptr ? KeyDescription() : *key));
  if (key == nullptr || form_of(content) == InputForm::plist) {
    return value;
  }
  PlistDictionary wrapped;
  wrapped.set(key->name, std::move(value));
  return *fit_to_catalogue(wrapped, {*key}).find(key->name);
}

}  // namespace bramley
