#include "cli/simulator/apns_faults.h"

#include <array>
#include <charconv>
#include <numeric>

namespace bramley {
namespace {

struct Reason {
  int status;
  std::string_view reason;
};
constexpr std::array<Reason, 7> reasons = {{{400, "BadDeviceToken"},
                                            {403, "BadCertificate"},
                                            {410, "Unregistered"},
                                            {413, "PayloadTooLarge"},
                                            {429, "TooManyRequests"},
                                            {500, "InternalServerError"},
                                            {503, "ServiceUnavailable"}}};

std::optional<std::string_view> reason_of(int status) {
  for (const Reason& each : reasons) {
    if (each.status == status) {
      return each.reason;
    }
  }
  return std::nullopt;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc() && stop == end && !text.empty();
}

}  // namespace

Result<ApnsFault> parse_apns_fault(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view what = text.substr(0, colon);
  const std::string_view share =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const Error malformed{ErrorCode::malformed,
                        "--apns-fault: '" + std::string(text) + "' is no fault and its share",
                        "as in 410:0.01: 400, 403, 410, 413, 429, 500, 503, hang, drop or goaway, "
                        "then a number from 0 to 1"};
  ApnsFault fault;
  if (!read_number(share, fault.share) || !(fault.share >= 0 && fault.share <= 1)) {
    return malformed;
  }
  if (what == "hang") {
    fault.kind = ApnsFault::Kind::hang;
  } else if (what == "drop") {
    fault.kind = ApnsFault::Kind::drop;
  } else if (what == "goaway") {
    fault.kind = ApnsFault::Kind::goaway;
  } else if (!read_number(what, fault.status) || !reason_of(fault.status)) {
    return malformed;
  }
  return fault;
}

Status ApnsFaults::check(const std::vector<ApnsFault>& faults) {
  const double sum =
      std::accumulate(faults.begin(), faults.end(), 0.0,
                      [](double before, const ApnsFault& fault) { return before + fault.share; });
  if (sum > 1.000001) {
    return Error{ErrorCode::malformed, "--apns-fault: the shares come to more than 1"};
  }
  return {};
}

std::optional<ApnsFault> ApnsFaults::next() {
  const std::lock_guard lock(mutex_);
  double left = std::uniform_real_distribution<double>(0, 1)(dice_);
  for (const ApnsFault& fault : faults_) {
    if (left < fault.share) {
      return fault;
    }
    left -= fault.share;
  }
  return std::nullopt;
}

PushAnswer fault_answer(const ApnsFault& fault, Timestamp now) {
  PushAnswer answer{fault.status, std::string(reason_of(fault.status).value_or("Unknown"))};
  if (fault.status == 410) {
    answer.since = now;
  }
  return answer;
}

}  // namespace bramley
