#pragma once

#include "cli/json.h"
#include "cli/session.h"
#include "vendor-tool/push_request_inspector.h"

namespace bramley {

// An inspection as data: `ok`, `csr`, `vendor`, `chain`, `digest`, `findings`.
Json describe_inspection(const Inspection& inspection);

// For people: what the request is, then a line for each finding with the portal's answer and the
// way out.
std::string inspection_text(const Inspection& inspection);

// One error for all faults: "2 faults", with the way out of the first as its hint. Precondition:
// there are faults.
Error faults_error(const Inspection& inspection, std::string_view file);

}  // namespace bramley
