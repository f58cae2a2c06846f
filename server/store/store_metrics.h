#pragma once

#include <chrono>

#include "core/base/metrics.h"

namespace bramley {

// What a database takes: bramley_store_….
struct StoreMetrics {
  explicit StoreMetrics(Metrics& metrics);

  MetricHistogram& group_size;           // pieces of work that shared one commit
  MetricHistogram& transaction_seconds;  // from BEGIN to the end of COMMIT
  MetricHistogram& commit_seconds;       // COMMIT alone: the disk
  MetricCounter& failures;               // transactions that SQLite refused
  MetricHistogram& reader_wait_seconds;  // until a connection was free; 0 when one was
};

// Seconds since `begun`, for the histograms.
inline double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace bramley
