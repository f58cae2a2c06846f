#include "server/store/push_schedule.h"

namespace bramley {

// Spread by a hash (the finalizer of splitmix64): the store has no dice, and a fleet that answered
// NotNow together must not come back together.
Timestamp push_after_not_now(std::int64_t enrollment, Timestamp now) {
  auto mixed = static_cast<std::uint64_t>(enrollment) * 0x9e3779b97f4a7c15U +
               static_cast<std::uint64_t>(now.time_since_epoch().count());
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  mixed ^= mixed >> 31U;
  constexpr std::chrono::seconds least = PushSchedule::after_not_now;
  const auto spread = static_cast<std::uint64_t>(least.count()) / 2;
  return now + least + std::chrono::seconds(mixed % spread);
}

}  // namespace bramley
