#pragma once

#include <chrono>

#include "cli/session.h"
#include "cli/simulator/fleet.h"
#include "cli/simulator/replay.h"

namespace bramley {

// Prints what a simulation came to: counts by message and status, errors, p50 and p99.
void print_simulation(Session& session, const FleetCounts& counts,
                      const SimulationStatistics& statistics, std::chrono::milliseconds took);
void print_replay(Session& session, const ReplaySummary& summary,
                  const SimulationStatistics& statistics);

}  // namespace bramley
