#include "server/push_metrics.h"

namespace bramley {
namespace {

void add(Metrics& metrics, Metrics::Kind kind, const MetricInfo& info,
         const PushCounters::Count& count) {
  metrics.source(kind, info, [&count] {
    return std::vector<MetricSample>{{{}, static_cast<double>(count.load())}};
  });
}

}  // namespace

void add_push_metrics(Metrics& metrics, const PushCounters& counters) {
  using Kind = Metrics::Kind;
  metrics.source(Kind::counter, {"bramley_push_attempts_total", "Attempts to push, by outcome."},
                 [&counters] {
                   std::vector<MetricSample> samples;
                   for (std::size_t i = 0; i < push_answer_kinds; ++i) {
                     const auto kind = static_cast<PushAnswer::Kind>(i);
                     samples.push_back({{{"outcome", std::string(push_answer_name(kind))}},
                                        static_cast<double>(counters.of(kind).load())});
                   }
                   return samples;
                 });
  add(metrics, Kind::counter,
      {"bramley_push_scheduled_total", "Pushes that the schedule gave out, retries among them."},
      counters.claimed);
  add(metrics, Kind::counter,
      {"bramley_push_repeated_total",
       "Of those: because the device did not come, or the attempt before it failed."},
      counters.repeated);
  add(metrics, Kind::counter,
      {"bramley_push_put_off_total",
       "Pushes that were due while no server ran, and were spread over the time after."},
      counters.spread_out);
  add(metrics, Kind::counter,
      {"bramley_push_unwritten_total",
       "Outcomes that the database did not take; those pushes are sent again."},
      counters.failed_writes);
  add(metrics, Kind::gauge,
      {"bramley_push_under_way", "Pushes that Apple has been sent and has not answered yet."},
      counters.under_way);
}

}  // namespace bramley
