#include "server/service/renewal_command.h"

namespace bramley {
namespace {

constexpr std::string_view request_type = "InstallProfile";

}  // namespace

std::string new_renewal_uuid(Random& random) {
  return std::string(renewal_command_prefix) + random_uuid(random);
}

Result<Command> waiting_renewal_command(const std::string& uuid) {
  return make_command(request_type, {}, uuid);
}

Result<Command> renewal_command(const std::string& uuid, Bytes profile) {
  PlistDictionary parameters;
  parameters.set("Payload", std::move(profile));
  return make_command(request_type, parameters, uuid);
}

}  // namespace bramley
