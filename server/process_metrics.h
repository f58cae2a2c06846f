#pragma once

#include "core/base/metrics.h"

namespace bramley {

// process_cpu_seconds_total, process_resident_memory_bytes, … under the names that Prometheus'
// libraries agree on, read from /proc/self at each reading; and bramley_build_info{version}.
void add_process_metrics(Metrics& metrics);

}  // namespace bramley
