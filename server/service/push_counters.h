#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/apns/push_answer.h"

namespace bramley {

// What pushing has come to since the start, for whoever shows numbers. All only grow, but for
// `under_way`.
struct PushCounters {
  using Count = std::atomic<std::uint64_t>;
  // By the kind of answer; see push_answer_name.
  std::array<Count, push_answer_kinds> answers{};
  Count claimed = 0;     // that the schedule gave out
  Count repeated = 0;    // of those, after Apple had taken one already, or one had failed
  Count spread_out = 0;  // that were due while no server ran, and put off a little
  Count failed_writes = 0;
  Count under_way = 0;

  [[nodiscard]] const Count& of(PushAnswer::Kind kind) const {
    return answers[static_cast<std::size_t>(kind)];
  }
};

}  // namespace bramley
