#pragma once

#include "core/base/metrics.h"
#include "server/service/push_counters.h"

namespace bramley {

// bramley_push_attempts_total{outcome}, bramley_push_scheduled_total, bramley_push_repeated_total,
// bramley_push_put_off_total, bramley_push_unwritten_total, bramley_push_under_way. `counters`
// outlives `metrics`' readings.
void add_push_metrics(Metrics& metrics, const PushCounters& counters);

}  // namespace bramley
