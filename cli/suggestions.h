#pragma once

// They serve the server's languages too.
#include "core/base/suggestions.h"  // IWYU pragma: export
