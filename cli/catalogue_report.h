#pragma once

#include <string>
#include <vector>

#include "cli/json.h"
#include "cli/table.h"
#include "core/catalogue/command_catalogue.h"
#include "core/catalogue/command_rules.h"

namespace bramley {

// "iOS 4.0, macOS 10.7": where there is such a thing, and since when.
std::string platforms_text(const TermsByPlatform& terms);

// A command as programs get it: everything that is known.
Json describe_command(const CommandDescription& command);
// A key and what is below it.
Json describe_key(const KeyDescription& key, const CommandDescription& command);

// The page that 'command explain' shows.
std::string command_page(const CommandDescription& command, LineWidth width);
// The same for one key: `place` is its path.
std::string key_page(const CommandDescription& command, const KeyDescription& key,
                     const std::string& place, LineWidth width);

// What was found, a line each; for programs an array.
std::string findings_text(const std::vector<CommandFinding>& findings);
Json describe_findings(const std::vector<CommandFinding>& findings,
                       CommandFinding::Severity severity);

}  // namespace bramley
