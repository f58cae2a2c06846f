#pragma once

#include "server/http/json.h"

namespace bramley {

// As NanoMDM writes it (Go's encoder): indented with tabs, &, < and > as escapes, a final newline.
Bytes nanomdm_json(const Json& document);

}  // namespace bramley
