#include "server/service/push_policy.h"

#include <algorithm>
#include <array>

namespace bramley {
namespace {

using Kind = PushAnswer::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct BackOff {
  seconds first;
  seconds longest;
};

constexpr std::array resend = {seconds(minutes(15)), seconds(hours(1)), seconds(hours(4)),
                               seconds(hours(12)), seconds(hours(24))};

BackOff back_off(Kind kind) {
  switch (kind) {
    case Kind::sent:
    case Kind::server_trouble:
    case Kind::no_connection:
    case Kind::connection_lost:
    case Kind::late:
      return {seconds(5), minutes(30)};
    case Kind::too_many:
      return {minutes(2), hours(6)};
    case Kind::certificate:
      return {minutes(1), hours(1)};
    case Kind::refused:
      return {minutes(10), hours(6)};
    case Kind::bad_token:
    case Kind::unregistered:
      break;
  }
  return {hours(6), hours(24)};
}

std::uint64_t random_number(Random& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) {
    number = number << 8U | byte;
  }
  return number;
}

// Three to five quarters of it.
seconds spread(seconds delay, Random& random) {
  return delay - delay / 4 + random_delay(delay / 2, random);
}

seconds retry_delay(Kind kind, std::int64_t failures) {
  const BackOff times = back_off(kind);
  const auto doublings = std::clamp<std::int64_t>(failures, 0, 20);
  return std::min(times.first * (std::int64_t{1} << doublings), times.longest);
}

}  // namespace

std::chrono::seconds random_delay(std::chrono::seconds most, Random& random) {
  const auto choices = static_cast<std::uint64_t>(std::max<std::int64_t>(most.count(), 0)) + 1;
  return seconds(random_number(random) % choices);
}

std::int64_t random_ticket(Random& random) {
  return static_cast<std::int64_t>(random_number(random) >> 1U | 1U);
}

PushSettlement settlement_after(const DuePush& push, std::int64_t ticket, const PushAnswer& answer,
                                Timestamp now, Random& random) {
  PushSettlement settlement;
  settlement.enrollment = push.enrollment;
  settlement.ticket = ticket;
  if (answer.kind == Kind::sent) {
    const auto step = std::clamp<std::int64_t>(push.sends, 0, resend.size() - 1);
    settlement.sends = push.sends + 1;
    settlement.due_at = now + spread(resend.at(static_cast<std::size_t>(step)), random);
    return settlement;
  }
  settlement.sends = push.sends;
  settlement.failures = push.failures + 1;
  settlement.due_at = now + spread(retry_delay(answer.kind, push.failures), random);
  if (answer.kind == Kind::unregistered) {
    settlement.unregistered = {push.token, answer.unregistered_at.value_or(now)};
  }
  return settlement;
}

}  // namespace bramley
