#include "cli/command_source.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "cli/command_builder.h"
#include "cli/flag_reader.h"
#include "cli/input.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

// As much as the server takes.
constexpr std::size_t command_file_limit = std::size_t{32} << 20U;

bool is_request_type(const std::string& what) {
  return !what.empty() && std::all_of(what.begin(), what.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

PlistArray as_array(const std::vector<std::string>& texts) {
  PlistArray array;
  for (const std::string& text : texts) {
    array.emplace_back(text);
  }
  return array;
}

Result<Command> build_command(Session& session, const CommandSource& source) {
  TRY_ASSIGN(PlistDictionary parameters, command_parameters(source.set, source.data));
  if (source.what == "DeviceInformation" && parameters.find("Queries") == nullptr) {
    parameters.set("Queries", as_array(standard_queries()));
    session.note(
        "asking for the usual facts; --set Queries=OSVersion,SerialNumber asks for others");
  }
  return make_command(source.what, parameters, session.random());
}

// A command that somebody wrote by hand may lack the UUID: everything else in it is kept.
Result<Command> with_uuid(Session& session, PlistDictionary document) {
  const std::string uuid = random_uuid(session.random());
  document.set("CommandUUID", uuid);
  TRY_ASSIGN(const Bytes plist, write_plist_xml(document));
  return parse_command(plist);
}

Result<Command> read_command_file(Session& session, const CommandSource& source) {
  if (!source.set.empty() || !source.data.empty()) {
    return Error{ErrorCode::malformed, "--set and --data go with a request type, not with a file"};
  }
  TRY_ASSIGN(const Bytes content, read_input(source.what, command_file_limit));
  const std::string name = source.what == "-" ? "standard input" : source.what;
  auto document = parse_plist_dictionary(content);
  if (!document) {
    return std::move(document).error().while_doing("read the command from " + name);
  }
  const bool lacks_uuid = document->find("CommandUUID") == nullptr;
  auto command = lacks_uuid ? with_uuid(session, *std::move(document)) : parse_command(content);
  if (!command) {
    return std::move(command).error().while_doing("read the command from " + name);
  }
  return command;
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
