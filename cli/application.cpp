#include "cli/application.h"

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/help.h"

namespace bramley {
namespace {

OutputFormat format_or_table(const std::string& name) {
  const auto format = parse_output_format(name);
  return format ? *format : OutputFormat::table;
}

ExitCode run_handler(const CommandNode& node, Session& session) {
  const CommandResult result = node.handler()(session);
  session.progress({});
  if (result.error()) {
    session.surroundings().out.flush();
    print_error(session.surroundings().err, session.output().format(),
                Error(*result.error()).while_doing(node.path()), result.code());
  }
  return result.code();
}

// Data that did not reach its reader is a failure, however well the rest went.
ExitCode check_output(Surroundings& surroundings, OutputFormat format, ExitCode code) {
  surroundings.out.flush();
  if (surroundings.out) {
    return code;
  }
  print_error(surroundings.err, format,
              Error{ErrorCode::unavailable, "write to standard output: it cannot be written"},
              ExitCode::failed);
  return ExitCode::failed;
}

}  // namespace

std::unique_ptr<CommandNode> make_command_tree(GlobalFlags& flags) {
  auto root = std::make_unique<CommandNode>("bramley", "Apple MDM server and toolkit");
  root->describe(
      "Bramley enrolls Apple devices, sends them commands and collects their answers: 'bramley "
      "serve' is the server, the other commands talk to it or work offline.");
  add_global_flags(*root, flags);
  add_all_commands(*root);
  return root;
}

ExitCode run_application(const std::vector<std::string>& arguments, Surroundings& surroundings) {
  GlobalFlags flags;
  const auto root = make_command_tree(flags);
  const CommandLine line = parse_command_line(*root, arguments, surroundings.environment);
  if (line.error) {
    const OutputFormat format =
        format_or_table(requested_output_format(arguments, surroundings.environment));
    if (arguments.empty() && format == OutputFormat::table) {
      surroundings.err << map_text(*root);
    }
    print_error(surroundings.err, format, *line.error, ExitCode::usage);
    return ExitCode::usage;
  }
  const OutputFormat format = format_or_table(flags.output);
  if (line.help) {
    surroundings.out << help_text(*root, *line.node, surroundings.out_width);
    return check_output(surroundings, format, ExitCode::done);
  }
  Session session(surroundings, flags, format);
  return check_output(surroundings, format, run_handler(*line.node, session));
}

}  // namespace bramley
