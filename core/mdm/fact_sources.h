#pragma once

#include <string>
#include <vector>

#include "core/mdm/checkin_message.h"
#include "core/mdm/device_facts.h"
#include "core/mdm/enrollment_id.h"
#include "core/plist/plist_value.h"

namespace bramley {

// Where facts come from. None of these has a time: whoever records them knows it.

// What an Authenticate says.
DeviceFacts facts_of(const Authenticate& message);
// What a device's id says: its UDID, or that this is a User Enrollment, which hides it.
DeviceFacts facts_of(const EnrollmentId& id);
// What an answer to DeviceInformation (QueryResponses) or SecurityInfo says; none in all others.
// Keys that are no facts, and values of another type than Apple's, are left out.
DeviceFacts facts_of_report(const PlistDictionary& report);

// The Queries of a DeviceInformation that asks for all facts which it can answer.
std::vector<std::string> fact_queries();

}  // namespace bramley
