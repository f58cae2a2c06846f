#include "cli/global_flags.h"

namespace bramley {
namespace {

void add_connection_flags(CommandNode& root, GlobalFlags& flags) {
  root.flag({.name = "server",
             .value = "URL",
             .help = "The server's base URL",
             .variable = "BRAMLEY_SERVER",
             .default_text = "the context's"},
            flags.server);
  root.flag({.name = "token",
             .value = "REF",
             .help = "The API key, or a token",
             .variable = "BRAMLEY_TOKEN",
             .default_text = "the context's"},
            flags.token);
  root.flag({.name = "ca-file",
             .value = "FILE",
             .help = "Trust these certificates (PEM) for the server, and no others",
             .variable = "BRAMLEY_CA_FILE",
             .default_text = "the context's, else the system's"},
            flags.ca_file);
  root.flag({.name = "context",
             .value = "NAME",
             .help = "Use this entry of the configuration file",
             .variable = "BRAMLEY_CONTEXT",
             .default_text = "the one chosen by 'bramley context use'"},
            flags.context);
  root.flag({.name = "timeout",
             .value = "DURATION",
             .help = "How long to wait for the server and, with --wait, for the devices",
             .variable = "BRAMLEY_TIMEOUT"},
            flags.timeout);
}

}  // namespace

void add_global_flags(CommandNode& root, GlobalFlags& flags) {
  root.flag({.name = "output",
             .letter = 'o',
             .value = "FORMAT",
             .help = "How data is printed",
             .variable = "BRAMLEY_OUTPUT",
             .choices = {"table", "json", "ndjson", "yaml"}},
            flags.output);
  root.flag({.name = "config",
             .value = "FILE",
             .help = "The configuration file, which holds the contexts",
             .variable = "BRAMLEY_CONFIG",
             .default_text = "$XDG_CONFIG_HOME/bramley/config.yaml"},
            flags.config);
  add_connection_flags(root, flags);
  root.flag({.name = "help", .letter = 'h', .help = "Explain the command"}, flags.help);
  root.flag({.name = "version", .help = "Print the version"}, flags.version);
}

bool is_connection_flag(const Flag& flag) {
  const std::string& name = flag.spec.name;
  return name == "server" || name == "token" || name == "ca-file" || name == "context" ||
         name == "timeout";
}

}  // namespace bramley
