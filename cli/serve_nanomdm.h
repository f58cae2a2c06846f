#pragma once

#include <string_view>

#include "cli/serve_config.h"

namespace bramley {

// The part of serve's configuration that is about what NanoMDM has, and about those who come from
// there. malformed: as choose_serve_config.
Status choose_nanomdm(Timestamp now, const ServeFlags& flags, ServerConfig& config);

// Whether a path can be put behind it: an http or https URL without query and user.
bool is_hook_url(std::string_view url);

}  // namespace bramley
