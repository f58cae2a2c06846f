#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/catalogue/command_catalogue.h"
#include "core/plist/plist_value.h"

namespace bramley {

// Who is to get a command, as far as it is known: one device, or many that are alike.
struct CommandTarget {
  std::string name;  // for messages: "macOS 14.4 (3 devices, as ABCD)"
  std::optional<Platform> platform;
  std::optional<OsVersion> os_version;
  std::optional<bool> supervised;
  std::optional<bool> user_channel;
  std::optional<bool> user_enrollment;
  // AccessRights of the MDM payload (Apple, "MDM").
  std::optional<std::int64_t> access_rights;
};

// Something that is wrong, or may be.
struct CommandFinding {
  enum class Severity { fault, doubt } severity = Severity::fault;
  std::string key;      // the place, as "Settings[0].Enabled"; empty: the whole command
  std::string message;  // what is there, and what was expected; never a value of a secret key
  std::string hint = {};
};

// Holds a command's keys (RequestType and what is beside it) against the catalogue, and against
// what is known of its targets.
//
// Faults: no RequestType; a key that is missing or of another type; InstallProfile's Payload is no
// profile. A value that Apple does not name, and a command that the target's platform, version,
// supervision, channel, enrollment or access rights forbid, unless the target's system is newer
// than the catalogue: then it is a doubt. Doubts: types and keys that are not Apple's or not that
// system's, what is deprecated, what cannot be told because a fact is missing.
std::vector<CommandFinding> check_command(const CommandCatalogue& catalogue,
                                          const PlistDictionary& command,
                                          const std::vector<CommandTarget>& targets);

bool has_fault(const std::vector<CommandFinding>& findings);

// The bit of AccessRights that Apple's name stands for; 0: none is needed, or it is not known.
std::int64_t access_right_bit(std::string_view name);

}  // namespace bramley
