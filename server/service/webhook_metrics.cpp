#include "server/service/webhook_metrics.h"

namespace bramley {
namespace {

MetricGauge& events(Metrics& metrics, const char* state) {
  return metrics.gauge({"bramley_webhook_events", "Events that were not delivered yet, by state."},
                       {{"state", state}});
}

}  // namespace

WebhookMetrics::WebhookMetrics(Metrics& metrics)
    : results_{},
      seconds_(metrics.histogram(
          {"bramley_webhook_seconds", "Time that receivers took to answer an event."},
          {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30})),
      lag_(metrics.gauge({"bramley_webhook_lag_seconds",
                          "Age of the oldest event that is still to be delivered; 0: none."})),
      waiting_(events(metrics, "waiting")),
      parked_(events(metrics, "parked")) {
  constexpr std::array<const char*, 5> names = {"delivered", "refused", "failed", "unreachable",
                                                "parked"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    results_.at(i) = &metrics.counter(
        {"bramley_webhook_attempts_total", "Attempts to deliver an event, by outcome."},
        {{"outcome", names.at(i)}});
  }
}

}  // namespace bramley
