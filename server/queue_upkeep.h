#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/store/command_queue.h"

namespace bramley {

// Settles what has expired, forgets history past its limits and finishes what was cut short: some
// of it at each call, in steps between which devices are served.
void tidy_queue(CommandQueue& queue, const HistoryLimits& limits, const Clock& clock, Log& log);

}  // namespace bramley
