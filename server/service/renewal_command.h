#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/mdm/command.h"

namespace bramley {

// An InstallProfile whose profile is made when it is delivered. In the queue it has none: its UUID
// says what it is, and nobody else may take such a UUID.
inline constexpr std::string_view renewal_command_prefix = "bramley-renewal-";

inline bool is_renewal_command(std::string_view uuid) {
  return uuid.starts_with(renewal_command_prefix);
}
std::string new_renewal_uuid(Random& random);

// As it waits. internal: cannot be (it has nothing that a plist does not take).
Result<Command> waiting_renewal_command(const std::string& uuid);
// As it is delivered.
Result<Command> renewal_command(const std::string& uuid, Bytes profile);

}  // namespace bramley
