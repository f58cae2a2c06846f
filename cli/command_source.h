#pragma once

#include <string>
#include <vector>

#include "cli/command_builder.h"
#include "cli/command_tree.h"
#include "cli/json.h"
#include "cli/session.h"
#include "core/mdm/command.h"

namespace bramley {

// What the user said a command is.
struct CommandSource {
  std::string what;  // a request type, a file, or -
  ParameterFlags parameters;
};
// Declares --set, --data and --input.
void add_parameter_flags(CommandNode& node, ParameterFlags& flags);

// The command to send. A property list with a CommandUUID stays as it is, byte for byte; everything
// else (a type and flags, YAML, JSON) is built. malformed: no command, or flags that do not go
// together; unavailable: a file that cannot be read.
Result<Command> read_command(Session& session, const CommandSource& source);

// Whether it is a name and not a file.
bool is_request_type(const std::string& what);

// The keys of a command: its Command dictionary. malformed: it has none.
Result<PlistDictionary> command_keys(const Command& command);

struct TargetOptions {
  std::vector<std::string> devices;
  std::string file;  // ids, one a line; '#' begins a comment; - is standard input
  bool all = false;  // every enrolled device, and nothing else
};
// Without repetitions, in their order; none for all of them. malformed: nobody is named, or all and
// some.
Result<std::vector<std::string>> read_targets(const TargetOptions& options);

// A line on stderr for each target that the server would not take.
void report_refusals(Session& session, const Json& refused);

}  // namespace bramley
