#include "core/mdm/command.h"

#include <array>

#include "core/mdm/auth_token_field.h"
#include "core/mdm/fact_sources.h"
#include "core/mdm/name_field.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

constexpr std::size_t longest_uuid = 127;
constexpr std::size_t longest_request_type = 63;
constexpr std::size_t longest_status = 255;

Result<std::string> required_name(const PlistDictionary& dictionary, std::string_view key,
                                  std::size_t limit) {
  TRY_ASSIGN(auto name, name_field(dictionary, key, limit));
  if (name.empty()) {
    return Error{ErrorCode::malformed, std::string(key) + ": missing"};
  }
  return name;
}

Result<Command> read_command(ByteView document) {
  TRY_ASSIGN(const auto root, parse_plist_dictionary(document));
  TRY_ASSIGN(auto uuid, required_name(root, "CommandUUID", longest_uuid));
  const PlistValue* const inner = root.find("Command");
  if (inner == nullptr || inner->dictionary() == nullptr) {
    return Error{ErrorCode::malformed, "Command: no dictionary"};
  }
  TRY_ASSIGN(auto type, required_name(*inner->dictionary(), "RequestType", longest_request_type));
  return Command{std::move(uuid), std::move(type), to_bytes(document)};
}

constexpr std::array<std::pair<std::string_view, ReportStatus>, 5> statuses = {
    {{"Idle", ReportStatus::idle},
     {"NotNow", ReportStatus::not_now},
     {"Acknowledged", ReportStatus::acknowledged},
     {"Error", ReportStatus::error},
     {"CommandFormatError", ReportStatus::command_format_error}}};

ReportStatus status_of(std::string_view text) {
  for (const auto& [name, status] : statuses) {
    if (name == text) {
      return status;
    }
  }
  return ReportStatus::other;
}

Result<CommandReport> read_report(ByteView document) {
  TRY_ASSIGN(const auto root, parse_plist_dictionary(document));
  TRY_ASSIGN(auto status_text, required_name(root, "Status", longest_status));
  TRY_ASSIGN(auto enrollment, EnrollmentId::from_plist(root));
  const ReportStatus status = status_of(status_text);
  std::string uuid;
  if (status != ReportStatus::idle) {
    TRY_ASSIGN(uuid, required_name(root, "CommandUUID", longest_uuid));
  }
  TRY_ASSIGN(const auto auth_token, auth_token_field(root));
  CommandReport report{std::move(enrollment), status,    std::move(status_text), std::move(uuid),
                       to_bytes(document),    auth_token};
  // A user's channel answers for its user, and some of it is the user's own.
  if (status == ReportStatus::acknowledged && report.enrollment.is_device_channel()) {
    report.facts = facts_of_report(root);
  }
  return report;
}

const std::string* text_of(const PlistDictionary& dictionary, std::string_view key) {
  const PlistValue* const value = dictionary.find(key);
  return value == nullptr ? nullptr : value->string();
}

ReportedError read_link(const PlistDictionary& link) {
  ReportedError error;
  if (const PlistValue* const code = link.find("ErrorCode"); code != nullptr && code->integer()) {
    error.code = *code->integer();
  }
  if (const std::string* const domain = text_of(link, "ErrorDomain")) {
    error.domain = *domain;
  }
  const std::string* description = text_of(link, "USEnglishDescription");
  if (description == nullptr || description->empty()) {
    description = text_of(link, "LocalizedDescription");
  }
  if (description != nullptr) {
    error.description = *description;
  }
  return error;
}

}  // namespace

Result<Command> parse_command(ByteView document) {
  auto command = read_command(document);
  return command ? std::move(command) : std::move(command).error().while_doing("parse command");
}

Result<Command> make_command(std::string_view request_type, const PlistDictionary& parameters,
                             Random& random) {
  return make_command(request_type, parameters, random_uuid(random));
}

Result<Command> make_command(std::string_view request_type, const PlistDictionary& parameters,
                             std::string_view uuid) {
  PlistDictionary inner({{"RequestType", request_type}});
  for (const auto& [key, value] : parameters.entries()) {
    if (key != "RequestType") {
      inner.set(key, value);
    }
  }
  const PlistDictionary root({{"Command", std::move(inner)}, {"CommandUUID", uuid}});
  TRY_ASSIGN(const auto plist, write_plist_xml(root));
  // Read back, so that the limits stand in one place.
  return parse_command(plist);
}

Result<CommandReport> parse_report(ByteView document) {
  auto report = read_report(document);
  return report ? std::move(report) : std::move(report).error().while_doing("parse report");
}

std::vector<ReportedError> error_chain(const PlistDictionary& report) {
  std::vector<ReportedError> chain;
  const PlistValue* const links = report.find("ErrorChain");
  if (links == nullptr || links->array() == nullptr) {
    return chain;
  }
  for (const PlistValue& link : *links->array()) {
    if (link.dictionary() != nullptr) {
      chain.push_back(read_link(*link.dictionary()));
    }
  }
  return chain;
}

}  // namespace bramley
