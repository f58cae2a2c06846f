#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>

#include "cli/catalogue_report.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "core/base/suggestions.h"
#include "core/catalogue/parameter_tree.h"

namespace bramley {
namespace {

struct TypesOptions {
  std::string pattern;
  std::string platform;
  std::string group;
  bool supervised = false;
  bool unsupervised = false;
  bool destructive = false;
};

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

bool has_key_like(const std::vector<KeyDescription>& keys, const std::string& pattern) {
  return std::any_of(keys.begin(), keys.end(), [&pattern](const KeyDescription& key) {
    return lowered(key.name).find(pattern) != std::string::npos || has_key_like(key.keys, pattern);
  });
}

bool is_like(const CommandDescription& command, const std::string& pattern) {
  return lowered(command.request_type).find(pattern) != std::string::npos ||
         lowered(command.summary).find(pattern) != std::string::npos ||
         has_key_like(command.keys, pattern);
}

// On the platform, or on all of those that have the command.
template <class Predicate>
bool on_some_platform(const CommandDescription& command, std::optional<Platform> platform,
                      const Predicate& predicate) {
  return std::any_of(all_platforms.begin(), all_platforms.end(), [&](Platform one) {
    const PlatformTerms& terms = command.terms.at(static_cast<std::size_t>(one));
    return terms.supported.value_or(false) && (!platform || one == *platform) && predicate(terms);
  });
}

bool is_wanted(const CommandDescription& command, const TypesOptions& options,
               std::optional<Platform> platform) {
  const auto any = [](const PlatformTerms&) { return true; };
  const auto supervised = [](const PlatformTerms& terms) {
    return terms.needs_supervision.value_or(false);
  };
  const auto unsupervised = [&](const PlatformTerms& terms) { return !supervised(terms); };
  return (options.pattern.empty() || is_like(command, lowered(options.pattern))) &&
         (options.group.empty() || command.group == options.group) &&
         (!options.destructive || command.destructive) &&
         on_some_platform(command, platform, any) &&
         (!options.supervised || on_some_platform(command, platform, supervised)) &&
         (!options.unsupervised || on_some_platform(command, platform, unsupervised));
}

Json row_of(const CommandDescription& command) {
  Json row = describe_command(command);
  row.erase("keys");
  row.erase("answer");
  row["since"] = platforms_text(command.terms);
  return row;
}

std::vector<std::string> all_groups() {
  std::vector<std::string> groups;
  for (const CommandDescription& command : CommandCatalogue::apple().commands()) {
    if (!command.group.empty() &&
        std::find(groups.begin(), groups.end(), command.group) == groups.end()) {
      groups.push_back(command.group);
    }
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

Status check_group(const std::string& group) {
  const auto groups = all_groups();
  if (group.empty() || std::find(groups.begin(), groups.end(), group) != groups.end()) {
    return {};
  }
  std::string all;
  for (const std::string& one : groups) {
    all += (all.empty() ? "" : ", ") + one;
  }
  return Error{ErrorCode::malformed, "--group: there is no group '" + group + "'", "one of " + all};
}

Result<std::optional<Platform>> platform_flag(const std::string& text) {
  const auto platform = parse_platform(text);
  if (!text.empty() && !platform) {
    return Error{ErrorCode::malformed, "--platform: '" + text + "' is no platform",
                 "iOS, iPadOS, macOS, tvOS, visionOS or watchOS"};
  }
  return platform;
}

CommandResult list_types(Session& session, const TypesOptions& options) {
  const auto platform = platform_flag(options.platform);
  if (!platform) {
    return CommandResult::usage(Error(platform.error()));
  }
  if (Status checked = check_group(options.group); !checked) {
    return CommandResult::usage(std::move(checked).error());
  }
  std::vector<const CommandDescription*> wanted;
  for (const CommandDescription& command : CommandCatalogue::apple().commands()) {
    if (is_wanted(command, options, *platform)) {
      wanted.push_back(&command);
    }
  }
  std::sort(wanted.begin(), wanted.end(), [](const auto* a, const auto* b) {
    return std::tie(a->group, a->request_type) < std::tie(b->group, b->request_type);
  });
  Json rows = Json::array();
  for (const CommandDescription* command : wanted) {
    rows.push_back(row_of(*command));
  }
  session.output().list(
      rows,
      {{"GROUP", "group"}, {"TYPE", "request_type"}, {"DOES", "summary"}, {"SINCE", "since"}});
  if (rows.empty()) {
    session.note("no request type is like that; 'bramley command types' lists all");
  }
  return ExitCode::done;
}

Error no_such_type(const std::string& name) {
  const auto similar = CommandCatalogue::apple().similar(name);
  return {ErrorCode::not_found, "there is no request type '" + name + "'",
          similar ? "did you mean '" + *similar + "'?" : "'bramley command types' lists all"};
}

CommandResult explain(Session& session, const std::string& what) {
  const std::size_t dot = what.find('.');
  const std::string name = what.substr(0, dot);
  const CommandDescription* command = CommandCatalogue::apple().find(name);
  if (command == nullptr) {
    return no_such_type(name);
  }
  const bool for_people = session.output().format() == OutputFormat::table;
  if (dot == std::string::npos) {
    if (for_people) {
      session.output().text(command_page(*command, session.output().width()));
    } else {
      session.output().record(describe_command(*command));
    }
    return ExitCode::done;
  }
  const std::string place = what.substr(dot + 1);
  const auto path = parse_key_path(place);
  if (!path) {
    return CommandResult::usage(Error(path.error()));
  }
  const KeyDescription* key = ParameterTree(command).description_of(*path);
  if (key == nullptr) {
    return Error{ErrorCode::not_found, name + " has no key '" + place + "'",
                 "'bramley command explain " + name + "' shows its keys"};
  }
  if (for_people) {
    session.output().text(key_page(*command, *key, place, session.output().width()));
  } else {
    session.output().record(describe_key(*key, *command));
  }
  return ExitCode::done;
}

}  // namespace

void add_command_types(CommandNode& command) {
  auto options = std::make_shared<TypesOptions>();
  CommandNode& node = command.add("types", "List Apple's request types");
  node.describe("By group. Needs no server: what Apple's commands are is built in.");
  node.prints_data();
  node.positional({.name = "WORD",
                   .help = "Only those with this word in their name, keys or summary",
                   .need = PositionalSpec::Need::optional},
                  options->pattern);
  node.flag({.name = "platform",
             .value = "PLATFORM",
             .help = "Only those that this platform has",
             .choices = {"iOS", "iPadOS", "macOS", "tvOS", "visionOS", "watchOS"}},
            options->platform);
  node.flag({.name = "group", .value = "GROUP", .help = "Only those of this group"},
            options->group);
  node.flag({.name = "supervised", .help = "Only those that need a supervised device"},
            options->supervised);
  node.flag({.name = "unsupervised", .help = "Only those that need no supervised device"},
            options->unsupervised);
  node.flag({.name = "destructive", .help = "Only those that take something away"},
            options->destructive);
  node.example("bramley command types --platform macOS --supervised",
               "What a Mac does only when it is supervised.");
  node.example("bramley command types passcode", "Everything about passcodes.");
  node.run([options](Session& session) { return list_types(session, *options); });
}

void add_command_explain(CommandNode& command) {
  auto what = std::make_shared<std::string>();
  CommandNode& node = command.add("explain", "Show a request type's keys and terms");
  node.describe(
      "Where a command exists and since when, what it needs, its keys with their types and values, "
      "and the keys of the device's answer.");
  node.prints_data();
  node.positional({.name = "TYPE", .help = "A request type, or TYPE.Key for one of its keys"},
                  *what);
  node.example("bramley command explain EraseDevice", "All about erasing.");
  node.example("bramley command explain Settings.Settings.Bluetooth", "One of the settings.");
  node.run([what](Session& session) { return explain(session, *what); });
}

}  // namespace bramley
