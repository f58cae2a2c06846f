#include "server/service/push_metrics.h"

namespace bramley {

PushMetrics::PushMetrics(Metrics& metrics)
    : results_{},
      seconds_(metrics.histogram(
          {"bramley_push_seconds", "Time from a push on the wire to Apple's answer."},
          {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10})),
      coalesced_(metrics.counter(
          {"bramley_push_coalesced_total",
           "Pushes that were not sent because one to the same device was under way."})),
      connections_(metrics.counter(
          {"bramley_push_connections_opened_total", "Connections to Apple's push service."})),
      waiting_(
          metrics.gauge({"bramley_push_waiting", "Devices that are to be pushed, now or later."})) {
  constexpr std::array<const char*, 8> names = {"sent",        "unregistered",  "bad_token",
                                                "throttled",   "refused",       "apple_failed",
                                                "unreachable", "no_certificate"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    results_.at(i) =
        &metrics.counter({"bramley_push_attempts_total", "Attempts to push, by outcome."},
                         {{"outcome", names.at(i)}});
  }
}

}  // namespace bramley
