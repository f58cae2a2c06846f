#pragma once

#include "cli/simulator/device_state.h"
#include "core/plist/plist_value.h"

namespace bramley {

// What a device reports about a command: Status and the keys that go with it, without the ids.
struct CommandAnswer {
  PlistDictionary report;
  // The device's state was changed and must be kept.
  bool changed = false;
};

// `command` is the inner dictionary, with RequestType. Plausible answers to DeviceInformation
// (exactly the Queries that the device knows), SecurityInfo, ProfileList, InstallProfile,
// RemoveProfile, CertificateList and InstalledApplicationList; an Error with an ErrorChain to all
// others, as a device answers a request type that it does not know.
CommandAnswer answer_command(const PlistDictionary& command, DeviceState& state);

// Status Error with one link, as devices word it.
PlistDictionary error_report(std::int64_t code, std::string_view domain, std::string_view text);

// The answers to DeviceInformation that the device has, all of them.
PlistDictionary device_information(const DeviceState& state);

}  // namespace bramley
