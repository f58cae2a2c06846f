#include "server/service/renewal_command.h"

#include "core/plist/plist_document.h"

namespace bramley {
namespace {

constexpr std::string_view request_type = "InstallProfile";

Result<Command> command_with(const std::string& uuid, PlistDictionary parameters) {
  parameters.set("RequestType", request_type);
  PlistDictionary document;
  document.set("CommandUUID", uuid);
  document.set("Command", std::move(parameters));
  TRY_ASSIGN(auto plist, write_plist_xml(document));
  return Command{uuid, std::string(request_type), std::move(plist)};
}

}  // namespace

std::string new_renewal_uuid(Random& random) {
  return std::string(renewal_command_prefix) + random_uuid(random);
}

Result<Command> waiting_renewal_command(const std::string& uuid) {
  return command_with(uuid, {});
}

Result<Command> renewal_command(const std::string& uuid, Bytes profile) {
  PlistDictionary parameters;
  parameters.set("Payload", std::move(profile));
  return command_with(uuid, std::move(parameters));
}

}  // namespace bramley
