#pragma once

// Private to core/catalogue: what a target may be sent.

#include "core/catalogue/command_rules.h"

namespace bramley {

// Whether the target's system is newer than the catalogue: then Apple may have changed its mind.
bool is_newer(const CommandCatalogue& catalogue, const CommandTarget& target);
// Whether all targets are; false without targets.
bool are_all_newer(const CommandCatalogue& catalogue, const std::vector<CommandTarget>& targets);

// Why a target does not have what these terms are of: "needs macOS 12.0 or newer"; empty: it has
// it, or its platform is not known.
std::string why_absent(const TermsByPlatform& terms, const CommandTarget& target);

void check_terms(const CommandCatalogue& catalogue, const CommandDescription& command,
                 const std::vector<CommandTarget>& targets, std::vector<CommandFinding>& findings);

// The same for the dictionaries an array may hold (Settings), and for keys: `key` is the place.
void check_key_terms(const CommandCatalogue& catalogue, const TermsByPlatform& terms,
                     const std::string& key, CommandFinding::Severity severity,
                     const std::vector<CommandTarget>& targets,
                     std::vector<CommandFinding>& findings);

}  // namespace bramley
