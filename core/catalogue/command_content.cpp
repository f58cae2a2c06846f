#include "core/catalogue/command_content.h"

#include <algorithm>

#include "core/base/suggestions.h"
#include "core/catalogue/command_terms.h"

namespace bramley {
namespace {

using Severity = CommandFinding::Severity;

KeyType type_of(const PlistValue& value) {
  switch (value.content().index()) {
    case 0:
      return KeyType::boolean;
    case 1:
    case 2:
      return KeyType::integer;
    case 3:
      return KeyType::real;
    case 4:
      return KeyType::string;
    case 5:
      return KeyType::data;
    case 6:
      return KeyType::date;
    case 7:
      return KeyType::array;
    default:
      return KeyType::dictionary;
  }
}

// A whole number is as good as a real one.
bool is_of_type(const PlistValue& value, KeyType type) {
  const KeyType own = type_of(value);
  return type == KeyType::any || own == type || (type == KeyType::real && own == KeyType::integer);
}

std::string scalar_text(const PlistValue& value) {
  if (const auto* text = value.string()) {
    return *text;
  }
  const auto* number = value.integer();
  return number != nullptr ? std::to_string(*number) : std::string();
}

// "Default, DoNotObliterate or Always"; of very many the first few.
std::string choices_in_words(const std::vector<std::string>& values) {
  constexpr std::size_t most = 12;
  std::string words;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i == most) {
      return words + " or one of " + std::to_string(values.size() - most) + " others";
    }
    words += (i == 0 ? "" : i + 1 == values.size() ? " or " : ", ") + values[i];
  }
  return words;
}

std::string with_article(KeyType type) {
  return std::string(key_type_in_words(type));
}

// Walks a command beside its description.
class ContentCheck {
 public:
  ContentCheck(const CommandCatalogue& catalogue, const CommandDescription& command,
               const std::vector<CommandTarget>& targets, std::vector<CommandFinding>& findings)
      : catalogue_(catalogue), command_(command), targets_(targets), findings_(findings) {}

  void dictionary(const std::string& place, const PlistDictionary& values,
                  const std::vector<KeyDescription>& keys, const TermsByPlatform& terms) {
    for (const KeyDescription& key : keys) {
      if (key.required && !key.is_wildcard() && values.find(key.name) == nullptr) {
        add(Severity::fault, below(place, key.name),
            "is missing: expected " + with_article(key.type) + choices(key));
      }
    }
    for (const auto& [name, value] : values.entries()) {
      if (place.empty() && name == "RequestType") {
        continue;
      }
      if (const KeyDescription* key = find_key(keys, name)) {
        entry(below(place, name), value, *key, terms);
      } else if (!keys.empty() || place.empty()) {
        unknown_key(place, name, keys);
      }
    }
  }

 private:
  static std::string below(const std::string& place, const std::string& name) {
    return place.empty() ? name : place + "." + name;
  }
  static std::string choices(const KeyDescription& key) {
    return key.values.empty() ? "" : ": " + choices_in_words(key.values);
  }
  void add(Severity severity, std::string place, std::string message, std::string hint = {}) {
    findings_.push_back({severity, std::move(place), std::move(message), std::move(hint)});
  }

  void unknown_key(const std::string& place, const std::string& name,
                   const std::vector<KeyDescription>& keys) {
    std::vector<std::string> names;
    names.reserve(keys.size());
    for (const KeyDescription& key : keys) {
      names.push_back(key.name);
    }
    const auto similar = closest_match(name, names);
    add(Severity::doubt, below(place, name),
        "is not a key of " + command_.request_type + " known here",
        similar ? "did you mean " + *similar + "?" : "");
  }

  void entry(const std::string& place, const PlistValue& value, const KeyDescription& key,
             const TermsByPlatform& terms) {
    const TermsByPlatform own = terms_over(key.terms, terms);
    if (!key.is_wildcard()) {
      check_key_terms(catalogue_, own, place, Severity::doubt, presumed_able(terms), findings_);
    }
    value_of(place, value, key, own);
  }

  // Those that may have what is around: of the others it was said already.
  std::vector<CommandTarget> presumed_able(const TermsByPlatform& terms) const {
    std::vector<CommandTarget> able;
    std::vector<CommandFinding> none;
    for (const CommandTarget& target : targets_) {
      none.clear();
      check_key_terms(catalogue_, terms, "", Severity::fault, {target}, none);
      if (none.empty()) {
        able.push_back(target);
      }
    }
    return able;
  }

  void value_of(const std::string& place, const PlistValue& value, const KeyDescription& key,
                const TermsByPlatform& terms) {
    if (!is_of_type(value, key.type)) {
      add(Severity::fault, place,
          "is " + with_article(type_of(value)) + ": expected " + with_article(key.type) +
              choices(key));
      return;
    }
    if (const PlistDictionary* inner = value.dictionary()) {
      if (key.type == KeyType::dictionary) {
        dictionary(place, *inner, key.keys, terms);
      }
    } else if (const PlistArray* items = value.array()) {
      array(place, *items, key, terms);
    } else {
      scalar(place, value, key, terms);
    }
  }

  void array(const std::string& place, const PlistArray& items, const KeyDescription& key,
             const TermsByPlatform& terms) {
    if (key.required && items.empty()) {
      add(Severity::doubt, place, "is empty");
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string item_place = place + "[" + std::to_string(i) + "]";
      if (const KeyDescription* item = key.item_for(items[i])) {
        const TermsByPlatform own = terms_over(item->terms, terms);
        if (key.has_alternatives()) {
          check_key_terms(catalogue_, own, item_place + " (" + item->name + ")", Severity::fault,
                          presumed_able(terms), findings_);
        }
        value_of(item_place, items[i], *item, own);
      } else if (key.has_alternatives()) {
        no_alternative(item_place, items[i], key);
      }
    }
  }

  void no_alternative(const std::string& place, const PlistValue& item, const KeyDescription& key) {
    std::vector<std::string> names;
    names.reserve(key.keys.size());
    for (const KeyDescription& one : key.keys) {
      names.push_back(one.name);
    }
    const PlistDictionary* dictionary = item.dictionary();
    if (dictionary == nullptr) {
      add(Severity::fault, place, "is " + with_article(type_of(item)) + ": expected a dictionary");
      return;
    }
    const PlistValue* called = dictionary->find(KeyDescription::discriminator);
    if (called == nullptr || called->string() == nullptr) {
      add(Severity::fault, below(place, std::string(KeyDescription::discriminator)),
          "is missing: expected a string: " + choices_in_words(names));
      return;
    }
    bad_choice(below(place, std::string(KeyDescription::discriminator)), *called->string(), names);
  }

  void scalar(const std::string& place, const PlistValue& value, const KeyDescription& key,
              const TermsByPlatform& terms) {
    std::vector<std::string> choices = key.values;
    for (const KeyDescription& one : key.keys) {
      choices.push_back(one.name);
    }
    const std::string text = scalar_text(value);
    if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end()) {
      bad_choice(place, text, choices);
    }
    if (const KeyDescription* one = find_key(key.keys, text)) {
      check_key_terms(catalogue_, terms_over(one->terms, terms), place + " (" + text + ")",
                      Severity::doubt, presumed_able(terms), findings_);
    }
    check_range(place, value, key);
  }

  void bad_choice(const std::string& place, const std::string& text,
                  const std::vector<std::string>& choices) {
    const bool newer = are_all_newer(catalogue_, targets_);
    const auto similar = closest_match(text, choices);
    add(newer ? Severity::doubt : Severity::fault, place,
        "'" + text + "' is not one of its values: expected " + choices_in_words(choices),
        similar ? "did you mean " + *similar + "?" : "");
  }

  void check_range(const std::string& place, const PlistValue& value, const KeyDescription& key) {
    const auto* whole = value.integer();
    const auto* real = value.real();
    if ((whole == nullptr && real == nullptr) || (!key.least && !key.most)) {
      return;
    }
    const double number = whole != nullptr ? static_cast<double>(*whole) : *real;
    if ((key.least && number < *key.least) || (key.most && number > *key.most)) {
      add(are_all_newer(catalogue_, targets_) ? Severity::doubt : Severity::fault, place,
          "is out of its range");
    }
  }

  const CommandCatalogue& catalogue_;
  const CommandDescription& command_;
  const std::vector<CommandTarget>& targets_;
  std::vector<CommandFinding>& findings_;
};

}  // namespace

void check_content(const CommandCatalogue& catalogue, const CommandDescription& description,
                   const PlistDictionary& command, const std::vector<CommandTarget>& targets,
                   std::vector<CommandFinding>& findings) {
  ContentCheck(catalogue, description, targets, findings)
      .dictionary("", command, description.keys, description.terms);
}

}  // namespace bramley
