#include "cli/command_source.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "cli/command_builder.h"
#include "cli/flag_reader.h"
#include "cli/input.h"
#include "cli/structured_input.h"
#include "core/mdm/profile_document.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

PlistArray as_array(const std::vector<std::string>& texts) {
  PlistArray array;
  for (const std::string& text : texts) {
    array.emplace_back(text);
  }
  return array;
}

Result<Command> build_command(Session& session, const CommandSource& source) {
  TRY_ASSIGN(PlistDictionary parameters,
             command_parameters(session, source.what, source.parameters));
  if (source.what == "DeviceInformation" && parameters.find("Queries") == nullptr) {
    parameters.set("Queries", as_array(standard_queries()));
    session.note(
        "asking for the usual facts; --set Queries=OSVersion,SerialNumber asks for others");
  }
  return make_command(source.what, parameters, session.random());
}

std::string text_of(const PlistDictionary& dictionary, std::string_view key) {
  const PlistValue* value = dictionary.find(key);
  return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

// A command that somebody wrote by hand may lack the UUID: everything else in it is kept.
Result<Command> with_uuid(Session& session, PlistDictionary document) {
  if (text_of(document, "CommandUUID").empty()) {
    document.set("CommandUUID", random_uuid(session.random()));
  }
  TRY_ASSIGN(const Bytes plist, write_plist_xml(document));
  return parse_command(plist);
}

const std::vector<KeyDescription>& keys_of(const std::string& request_type) {
  static const std::vector<KeyDescription> unknown;
  const CommandDescription* known = CommandCatalogue::apple().find(request_type);
  return known == nullptr ? unknown : known->keys;
}

// YAML or JSON: the Command dictionary in its envelope, or alone. It is read twice, because what
// its texts are depends on the request type in it.
Result<PlistDictionary> read_written_command(ByteView content) {
  TRY_ASSIGN(const PlistDictionary document, parse_structured(content, {}));
  const PlistValue* inner = document.find("Command");
  const PlistDictionary* command = inner == nullptr ? &document : inner->dictionary();
  if (command == nullptr) {
    return Error{ErrorCode::malformed, "Command is no dictionary"};
  }
  const auto& keys = keys_of(text_of(*command, "RequestType"));
  if (inner != nullptr) {
    KeyDescription envelope;
    envelope.name = "Command";
    envelope.type = KeyType::dictionary;
    envelope.keys = keys;
    return parse_structured(content, {envelope});
  }
  TRY_ASSIGN(PlistDictionary alone, parse_structured(content, keys));
  PlistDictionary enveloped;
  enveloped.set("Command", std::move(alone));
  return enveloped;
}

Result<Command> parse_command_file(Session& session, ByteView content) {
  if (form_of(content) != InputForm::plist) {
    TRY_ASSIGN(PlistDictionary document, read_written_command(content));
    return with_uuid(session, std::move(document));
  }
  TRY_ASSIGN(PlistDictionary document, parse_plist_dictionary(content));
  return document.find("CommandUUID") == nullptr ? with_uuid(session, std::move(document))
                                                 : parse_command(content);
}

bool is_profile(ByteView content) {
  const auto opened = open_profile(content);
  const auto document =
      opened ? parse_plist_dictionary(opened->content) : Result<PlistDictionary>(opened.error());
  return document && text_of(*document, "PayloadType") == "Configuration";
}

Result<Command> read_command_file(Session& session, const CommandSource& source) {
  const ParameterFlags& flags = source.parameters;
  if (!flags.set.empty() || !flags.data.empty() || !flags.input.empty()) {
    return Error{ErrorCode::malformed,
                 "--set, --data and --input go with a request type, not with a file"};
  }
  auto content = read_input(source.what, command_file_limit);
  if (!content) {
    return std::move(content).error().with_hint(
        "'bramley command types' lists request types; everything with other signs than letters and "
        "digits is a file's name");
  }
  auto command = parse_command_file(session, *content);
  if (command) {
    return command;
  }
  Error error = std::move(command).error().while_doing(
      "read the command from " + (source.what == "-" ? "standard input" : source.what));
  if (is_profile(*content)) {
    error.hint =
        "it is a configuration profile: 'bramley command send InstallProfile --data "
        "Payload=" +
        source.what + "' installs it";
  }
  return error;
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t start = line.find_first_not_of(blanks);
  if (start == std::string_view::npos) {
    return {};
  }
  return line.substr(start, line.find_last_not_of(blanks) - start + 1);
}

Result<std::vector<std::string>> read_id_file(const std::string& name) {
  TRY_ASSIGN(const Bytes content, read_input(name));
  std::vector<std::string> ids;
  std::string_view text = as_text(content);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.front() != '#') {
      ids.emplace_back(line);
    }
  }
  return ids;
}

}  // namespace

bool is_request_type(const std::string& what) {
  return !what.empty() && std::all_of(what.begin(), what.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

void add_parameter_flags(CommandNode& node, ParameterFlags& flags) {
  node.flag({.name = "set",
             .value = "Key=Value",
             .help = "A key of the command, by Apple's type; a secret one takes a REF"},
            flags.set);
  node.flag({.name = "data", .value = "Key=PATH", .help = "A key whose value is a file's content"},
            flags.data);
  node.flag({.name = "input",
             .value = "FILE",
             .help = "Keys from a file in YAML, JSON or plist, before --set and --data"},
            flags.input);
}

Result<PlistDictionary> command_keys(const Command& command) {
  TRY_ASSIGN(const PlistDictionary document, parse_plist_dictionary(command.plist));
  const PlistValue* inner = document.find("Command");
  if (inner == nullptr || inner->dictionary() == nullptr) {
    return Error{ErrorCode::malformed, "there is no Command in it"};
  }
  return *inner->dictionary();
}

Result<Command> read_command(Session& session, const CommandSource& source) {
  return is_request_type(source.what) ? build_command(session, source)
                                      : read_command_file(session, source);
}

Result<std::vector<std::string>> read_targets(const TargetOptions& options) {
  if (options.all) {
    return options.devices.empty() && options.file.empty()
               ? Result(std::vector<std::string>())
               : Error{ErrorCode::malformed, "--all is all devices", "give no others with it"};
  }
  std::vector<std::string> named = options.devices;
  if (!options.file.empty()) {
    TRY_ASSIGN(const auto listed, read_id_file(options.file));
    named.insert(named.end(), listed.begin(), listed.end());
  }
  std::vector<std::string> targets;
  std::unordered_set<std::string> seen;
  for (std::string& id : named) {
    if (id.empty()) {
      return Error{ErrorCode::malformed, "--device is empty"};
    }
    if (seen.insert(id).second) {
      targets.push_back(std::move(id));
    }
  }
  if (targets.empty()) {
    return Error{ErrorCode::malformed,
                 options.file.empty() ? "no device was named" : "there is no id in " + options.file,
                 "--device ID (may be repeated), --devices-from FILE, or --all"};
  }
  return targets;
}

void report_refusals(Session& session, const Json& refused) {
  for (const Json& refusal : refused) {
    session.report(Error{ErrorCode::conflict, "not queued for " + text_member(refusal, "id") +
                                                  ": " + text_member(refusal, "message")});
  }
}

}  // namespace bramley
