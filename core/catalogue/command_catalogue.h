#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mdm/os_version.h"
#include "core/plist/plist_value.h"

namespace bramley {

// iPadOS is iOS here, as in Apple's schema.
enum class Platform : std::uint8_t { ios, macos, tvos, visionos, watchos };
inline constexpr std::array all_platforms = {Platform::ios, Platform::macos, Platform::tvos,
                                             Platform::visionos, Platform::watchos};
// As Apple writes it: macOS.
std::string_view platform_name(Platform platform);
// In any case; iPadOS too. None: no platform.
std::optional<Platform> parse_platform(std::string_view name);

// What is said of one platform, where something is said: a key's words override its parent's.
struct PlatformTerms {
  std::optional<bool> supported;
  std::optional<OsVersion> introduced;
  std::optional<OsVersion> deprecated;
  std::optional<OsVersion> removed;
  std::string access_right;  // Apple's name; "None" and "n/a" too
  std::optional<bool> needs_supervision;
  std::optional<bool> needs_automated_enrollment;
  std::optional<bool> device_channel;
  std::optional<bool> user_channel;
  std::string user_enrollment;  // allowed, forbidden
  std::string shared_ipad;      // allowed, forbidden, required, ignored
  std::optional<bool> shared_ipad_device_channel;
  std::optional<bool> shared_ipad_user_channel;

  // These words where they say something, else the other's.
  [[nodiscard]] PlatformTerms over(const PlatformTerms& below) const;
};
using TermsByPlatform = std::array<PlatformTerms, all_platforms.size()>;
// Each platform's words of `terms`, over those of `below`.
TermsByPlatform terms_over(const TermsByPlatform& terms, const TermsByPlatform& below);

enum class KeyType : std::uint8_t {
  string,
  boolean,
  integer,
  real,
  date,
  data,
  array,
  dictionary,
  any
};
// "a string", "an array".
std::string_view key_type_in_words(KeyType type);
std::string_view key_type_name(KeyType type);

struct KeyDescription {
  std::string name;
  KeyType type = KeyType::any;
  bool required = false;
  std::string default_text;         // empty: none
  std::vector<std::string> values;  // those that are allowed; empty: any
  std::optional<double> least;
  std::optional<double> most;
  TermsByPlatform terms;
  // Of a dictionary: its keys. Of an array: its item, or, when there are several, the dictionaries
  // that an item may be, each by the name in its Item. Of a string: the texts it may be, each with
  // terms of its own (the queries of DeviceInformation).
  std::vector<KeyDescription> keys;

  // Whether it stands for keys of any name.
  [[nodiscard]] bool is_wildcard() const { return name.starts_with("ANY"); }
  // Whether an array's items are told apart by Item.
  [[nodiscard]] bool has_alternatives() const { return type == KeyType::array && keys.size() > 1; }
  // Of a dictionary: the key of that name, or what stands for any; null when there is none.
  [[nodiscard]] const KeyDescription* find(std::string_view key) const;
  // The key whose value tells alternatives apart.
  static constexpr std::string_view discriminator = "Item";
  // Of an array with alternatives: the one of that name; null when there is none.
  [[nodiscard]] const KeyDescription* alternative(std::string_view item_name) const;
  // Of an array whose items are all of one kind: that kind; null when nothing is known.
  [[nodiscard]] const KeyDescription* item() const {
    return keys.size() == 1 ? &keys.front() : nullptr;
  }
  // Of an array: what this item of it should be; null when it cannot be told.
  [[nodiscard]] const KeyDescription* item_for(const PlistValue& value) const;
};

// The key of that name, or what stands for any; null when there is none.
const KeyDescription* find_key(const std::vector<KeyDescription>& keys, std::string_view name);

struct CommandDescription {
  std::string request_type;
  std::string source;  // the file's name in Apple's repository, without ".yaml"
  std::string group;   // empty: not noted
  std::string summary;
  std::string instead;  // what is used today; empty: nothing newer
  bool destructive = false;
  std::vector<std::string> secret_keys;
  TermsByPlatform terms;
  std::vector<KeyDescription> keys;
  std::vector<KeyDescription> answers;  // beside Status, CommandUUID and the like

  [[nodiscard]] const KeyDescription* find(std::string_view key) const;
  // Whether a key of that name, however deep, is only given by reference.
  [[nodiscard]] bool is_secret(std::string_view key) const;
};

// What is known of Apple's MDM commands: github.com/apple/device-management, mdm/commands.
class CommandCatalogue {
 public:
  // The one that the program was built with. Read at the first use, within a millisecond or two.
  static const CommandCatalogue& apple();

  CommandCatalogue(std::vector<CommandDescription> commands,
                   std::array<OsVersion, all_platforms.size()> edition)
      : commands_(std::move(commands)), edition_(edition) {}

  // By name, in the alphabet's order.
  [[nodiscard]] const std::vector<CommandDescription>& commands() const { return commands_; }
  // Null when Apple has no such command.
  [[nodiscard]] const CommandDescription* find(std::string_view request_type) const;
  // The newest system that it knows.
  [[nodiscard]] const OsVersion& edition(Platform platform) const {
    return edition_.at(static_cast<std::size_t>(platform));
  }
  // The name that was probably meant.
  [[nodiscard]] std::optional<std::string> similar(std::string_view request_type) const;

 private:
  std::vector<CommandDescription> commands_;
  std::array<OsVersion, all_platforms.size()> edition_;
};

}  // namespace bramley
