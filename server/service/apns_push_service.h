#pragma once

#include <atomic>
#include <chrono>

#include "core/base/random.h"
#include "server/service/push_dispatcher.h"
#include "server/service/push_service.h"
#include "server/store/push_schedule.h"

namespace bramley {

// Pushes through Apple, by way of the dispatcher.
class ApnsPushService : public PushService {
 public:
  // How many callers may wait at a time: they hold threads that devices want served by. The others
  // are answered at once, as if Apple had not answered in time.
  static constexpr int most_waiting = 8;

  // `longest_wait`: for Apple's answers, in `push`. Those who answer later are settled all the
  // same.
  ApnsPushService(PushSchedule& schedule, PushDispatcher& dispatcher, Random& random,
                  std::chrono::milliseconds longest_wait)
      : schedule_(schedule),
        dispatcher_(dispatcher),
        random_(random),
        longest_wait_(longest_wait) {}

  std::vector<PushOutcome> push(std::span<const std::string> enrollment_ids,
                                std::int64_t ticket) override;
  std::int64_t ticket() override;
  void wake() override { dispatcher_.wake(); }

 private:
  PushSchedule& schedule_;
  PushDispatcher& dispatcher_;
  Random& random_;
  const std::chrono::milliseconds longest_wait_;
  std::atomic<int> waiting_ = 0;
};

}  // namespace bramley
