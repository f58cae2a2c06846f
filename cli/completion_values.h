#pragma once

#include <string>
#include <vector>

#include "cli/session.h"

namespace bramley {

// Lines of VALUE, tab, what it is; of `kind` contexts, devices, types or keys. Never an error: a
// shell that completes has no place to show one.
std::string completion_values(Session& session, const std::string& kind,
                              const std::vector<std::string>& words);

}  // namespace bramley
