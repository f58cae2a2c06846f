#pragma once

#include <array>

#include "core/base/metrics.h"

namespace bramley {

// repeated: the certificate that an earlier, lost reply had. refused_challenge: no challenge, or
// one that is wrong, spent or expired. failed: our own fault.
enum class ScepOutcome {
  issued,
  renewed,
  repeated,
  refused,
  refused_challenge,
  unreadable,
  failed
};

// bramley_scep_requests_total{outcome}: what became of each pkiMessage.
class ScepMetrics {
 public:
  explicit ScepMetrics(Metrics& metrics);
  void count(ScepOutcome outcome) const { outcomes_.at(static_cast<std::size_t>(outcome))->add(); }

 private:
  std::array<MetricCounter*, 7> outcomes_;
};

}  // namespace bramley
