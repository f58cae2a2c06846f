#pragma once

#include <string>

#include "cli/json.h"
#include "cli/report_outline.h"
#include "cli/table.h"

namespace bramley {

// One item of /api/v1/commands/UUID/results for people: who, what, when, then the device's answer
// as an outline (DeviceInformation's in two columns), or in a sentence why there is none. Escaped.
std::string command_report_text(const Json& result, LineWidth width, Secrets secrets);

// What became of it in one line, without the device and its answer: those that are alike have the
// same. Escaped.
std::string command_result_gist(const Json& result);

// Whether the device, or the server for it, is done with the command.
bool is_settled(const Json& result);
bool is_acknowledged(const Json& result);

}  // namespace bramley
