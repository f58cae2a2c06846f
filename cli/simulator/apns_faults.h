#pragma once

#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cli/simulator/push_request.h"
#include "core/base/result.h"

namespace bramley {

// Something that goes wrong at APNs, and how often.
struct ApnsFault {
  enum class Kind {
    answer,  // a status with Apple's reason
    hang,    // no answer, ever
    drop,    // the connection breaks
    goaway,  // the connection is given notice, the request stays unanswered
  };
  Kind kind = Kind::answer;
  int status = 0;
  double share = 0;  // of the requests, 0 to 1
};

// "410:0.01": a status of 400, 403, 410, 413, 429, 500 or 503, or one of hang, drop and goaway, and
// the share of the requests. malformed: anything else.
Result<ApnsFault> parse_apns_fault(std::string_view text);

// Which fault the next request meets. Safe to use from several threads.
class ApnsFaults {
 public:
  // malformed: the shares come to more than 1.
  static Status check(const std::vector<ApnsFault>& faults);
  ApnsFaults(std::vector<ApnsFault> faults, std::uint64_t seed)
      : faults_(std::move(faults)), dice_(seed) {}

  std::optional<ApnsFault> next();

 private:
  const std::vector<ApnsFault> faults_;
  std::mutex mutex_;
  std::mt19937_64 dice_;
};

// What APNs says with the status of a fault of kind answer.
PushAnswer fault_answer(const ApnsFault& fault, Timestamp now);

}  // namespace bramley
