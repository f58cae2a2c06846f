#include "core/catalogue/command_catalogue.h"

#include <algorithm>
#include <stdexcept>

#include "core/base/suggestions.h"
#include "core/catalogue/catalogue_reader.h"
#include "core/catalogue/catalogue_text.h"

namespace bramley {
namespace {

constexpr std::array<std::string_view, all_platforms.size()> platform_names = {
    "iOS", "macOS", "tvOS", "visionOS", "watchOS"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

template <class T>
void put_below(T& above, const T& below) {
  if (above == T{}) {
    above = below;
  }
}

}  // namespace

std::string_view platform_name(Platform platform) {
  return platform_names.at(static_cast<std::size_t>(platform));
}

std::optional<Platform> parse_platform(std::string_view name) {
  for (const Platform platform : all_platforms) {
    if (equal_ignoring_case(name, platform_name(platform))) {
      return platform;
    }
  }
  return equal_ignoring_case(name, "iPadOS") ? std::optional(Platform::ios) : std::nullopt;
}

PlatformTerms PlatformTerms::over(const PlatformTerms& below) const {
  PlatformTerms terms = *this;
  put_below(terms.supported, below.supported);
  put_below(terms.introduced, below.introduced);
  put_below(terms.deprecated, below.deprecated);
  put_below(terms.removed, below.removed);
  put_below(terms.access_right, below.access_right);
  put_below(terms.needs_supervision, below.needs_supervision);
  put_below(terms.needs_automated_enrollment, below.needs_automated_enrollment);
  put_below(terms.device_channel, below.device_channel);
  put_below(terms.user_channel, below.user_channel);
  put_below(terms.user_enrollment, below.user_enrollment);
  put_below(terms.shared_ipad, below.shared_ipad);
  put_below(terms.shared_ipad_device_channel, below.shared_ipad_device_channel);
  put_below(terms.shared_ipad_user_channel, below.shared_ipad_user_channel);
  return terms;
}

TermsByPlatform terms_over(const TermsByPlatform& terms, const TermsByPlatform& below) {
  TermsByPlatform all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all.at(i) = terms.at(i).over(below.at(i));
  }
  return all;
}

std::string_view key_type_name(KeyType type) {
  switch (type) {
    case KeyType::string:
      return "string";
    case KeyType::boolean:
      return "boolean";
    case KeyType::integer:
      return "integer";
    case KeyType::real:
      return "real";
    case KeyType::date:
      return "date";
    case KeyType::data:
      return "data";
    case KeyType::array:
      return "array";
    case KeyType::dictionary:
      return "dictionary";
    case KeyType::any:
      return "any";
  }
  return "any";
}

std::string_view key_type_in_words(KeyType type) {
  switch (type) {
    case KeyType::string:
      return "a string";
    case KeyType::boolean:
      return "a boolean";
    case KeyType::integer:
      return "an integer";
    case KeyType::real:
      return "a number";
    case KeyType::date:
      return "a date";
    case KeyType::data:
      return "data";
    case KeyType::array:
      return "an array";
    case KeyType::dictionary:
      return "a dictionary";
    case KeyType::any:
      return "anything";
  }
  return "anything";
}

const KeyDescription* find_key(const std::vector<KeyDescription>& keys, std::string_view name) {
  const KeyDescription* wildcard = nullptr;
  for (const KeyDescription& key : keys) {
    if (key.name == name) {
      return &key;
    }
    if (key.is_wildcard()) {
      wildcard = &key;
    }
  }
  return wildcard;
}

const KeyDescription* KeyDescription::alternative(std::string_view item_name) const {
  for (const KeyDescription& one : keys) {
    if (has_alternatives() && one.name == item_name) {
      return &one;
    }
  }
  return nullptr;
}

const KeyDescription* KeyDescription::item_for(const PlistValue& value) const {
  if (!has_alternatives()) {
    return item();
  }
  const PlistDictionary* dictionary = value.dictionary();
  const PlistValue* called = dictionary == nullptr ? nullptr : dictionary->find(discriminator);
  const std::string* item_name = called == nullptr ? nullptr : called->string();
  return item_name == nullptr ? nullptr : alternative(*item_name);
}

const KeyDescription* KeyDescription::find(std::string_view key) const {
  return find_key(keys, key);
}

const KeyDescription* CommandDescription::find(std::string_view key) const {
  return find_key(keys, key);
}

bool CommandDescription::is_secret(std::string_view key) const {
  return std::find(secret_keys.begin(), secret_keys.end(), key) != secret_keys.end();
}

const CommandCatalogue& CommandCatalogue::apple() {
  static const CommandCatalogue catalogue = [] {
    auto read = read_catalogue(apple_commands_text(), command_notes_text());
    if (!read) {
      throw std::logic_error("the built-in catalogue: " + read.error().message);
    }
    return *std::move(read);
  }();
  return catalogue;
}

const CommandDescription* CommandCatalogue::find(std::string_view request_type) const {
  const auto found = std::lower_bound(commands_.begin(), commands_.end(), request_type,
                                      [](const CommandDescription& command, std::string_view name) {
                                        return command.request_type < name;
                                      });
  return found != commands_.end() && found->request_type == request_type ? &*found : nullptr;
}

std::optional<std::string> CommandCatalogue::similar(std::string_view request_type) const {
  std::vector<std::string> names;
  names.reserve(commands_.size());
  for (const CommandDescription& command : commands_) {
    if (equal_ignoring_case(command.request_type, request_type)) {
      return command.request_type;
    }
    names.push_back(command.request_type);
  }
  return closest_match(request_type, names);
}

}  // namespace bramley
