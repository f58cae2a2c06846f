#pragma once

// Private to core/catalogue: what is in a command.

#include "core/catalogue/command_rules.h"

namespace bramley {

// Missing keys, wrong types, values that Apple does not name, keys that nobody knows.
void check_content(const CommandCatalogue& catalogue, const CommandDescription& description,
                   const PlistDictionary& command, const std::vector<CommandTarget>& targets,
                   std::vector<CommandFinding>& findings);

// What the schema does not say: InstallProfile's payload is a profile, a Mac's PIN has six digits.
void check_meaning(const CommandDescription& description, const PlistDictionary& command,
                   const std::vector<CommandTarget>& targets,
                   std::vector<CommandFinding>& findings);

}  // namespace bramley
