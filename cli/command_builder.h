#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "core/catalogue/command_catalogue.h"
#include "core/catalogue/command_rules.h"
#include "core/plist/plist_value.h"

namespace bramley {

// As much as the server takes in a command.
inline constexpr std::size_t command_file_limit = std::size_t{32} << 20U;

// "Key=Value" of --set and "Key=PATH" of --data. Keys are paths (core/catalogue/parameter_tree.h).
struct KeyedText {
  std::string key;
  std::string text;
};
// malformed: no '=', or nothing before it.
Result<KeyedText> parse_keyed_text(const std::string& argument);

// The flags that say what is in a command.
struct ParameterFlags {
  std::vector<std::string> set;
  std::vector<std::string> data;
  std::string input;  // a file of keys: plist, JSON or YAML; empty: none
};

// The keys beside RequestType, by the catalogue's types. Secret keys (PIN, NewPassword…) take a
// reference instead of a value, and when one that must be there is not, a terminal is asked.
// --data reads a file: bytes for data, text for strings, a plist, JSON or YAML for the rest.
// malformed: what cannot be, by name; a file that cannot be read.
Result<PlistDictionary> command_parameters(Session& session, std::string_view request_type,
                                           const ParameterFlags& flags);

// What DeviceInformation asks for when nobody says.
const std::vector<std::string>& standard_queries();

// Doubts as warnings on stderr, at most ten of them. When there are faults: malformed, naming all.
Status judge_findings(Session& session, std::string_view request_type,
                      const std::vector<CommandFinding>& findings);

}  // namespace bramley
