#pragma once

#include <memory>

#include "core/base/log.h"
#include "server/config.h"

namespace bramley {

// Lines on standard error: `TIME level message key=value…`, or one JSON object a line with `time`,
// `level`, `message` and the fields. Control characters never reach the terminal raw.
std::unique_ptr<Log> make_standard_error_log(LogFormat format, LogLevel lowest);

}  // namespace bramley
