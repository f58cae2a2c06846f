#pragma once

#include <string_view>

#include "cli/simulator/device_connection.h"
#include "cli/simulator/device_facts.h"

namespace bramley {

// What a device says, as Apple's devices word it. They fail only on facts that XML cannot carry,
// which made facts never are.
Result<DeviceMessage> authenticate_message(const SimulatedFacts& facts, std::string_view topic);
Result<DeviceMessage> token_update_message(const SimulatedFacts& facts, std::string_view topic);
Result<DeviceMessage> check_out_message(const SimulatedFacts& facts, std::string_view topic);
Result<DeviceMessage> idle_message(const SimulatedFacts& facts);
// `report` is the answer: Status and what belongs to it. The message is named after the status.
Result<DeviceMessage> report_message(const SimulatedFacts& facts, std::string_view command_uuid,
                                     PlistDictionary report);

}  // namespace bramley
