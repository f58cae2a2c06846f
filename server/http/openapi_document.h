#pragma once

#include <string_view>

namespace bramley {

// docs/openapi.yaml, byte for byte as it was when this was built.
std::string_view openapi_document();

}  // namespace bramley
