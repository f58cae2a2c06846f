#include "server/service/scep_metrics.h"

namespace bramley {

ScepMetrics::ScepMetrics(Metrics& metrics) {
  constexpr std::array<const char*, 7> names = {
      "issued", "renewed", "repeated", "refused", "refused_challenge", "unreadable", "failed"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    outcomes_.at(i) =
        &metrics.counter({"bramley_scep_requests_total", "SCEP messages, by what became of them."},
                         {{"outcome", names.at(i)}});
  }
}

}  // namespace bramley
