#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cli/simulator/push_request.h"

namespace bramley {

struct PushMailboxOptions {
  // Of the pushes, how many find their device switched off, and for how long it then is.
  double offline_share = 0;
  std::chrono::seconds offline_time{10};
  std::uint64_t seed = 1;
};

// Apple's side of a push: knows which device has which token, wakes it, and keeps the latest push
// for one that is off, as long as its expiration allows. Safe to use from several threads.
class PushMailbox {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // A device is to contact its server then, or earlier.
  using Wake = std::function<void(std::size_t device, TimePoint when)>;

  PushMailbox(const PushMailboxOptions& options, const Clock& clock)
      : options_(options), clock_(clock), dice_(options.seed) {}

  // Whom to tell from now on; an empty function: nobody, and what comes is taken and forgotten.
  void set_wake(Wake wake);
  // The device has this token, from now on or still.
  void subscribe(const std::string& token, std::size_t device, const std::string& magic);
  // It has no management any more: 410 from now on.
  void unsubscribe(const std::string& token);

  PushAnswer deliver(const PushNotification& push);

  // Pushes that were lost because their device was off and their expiration did not let them wait.
  [[nodiscard]] std::uint64_t lost() const;

 private:
  struct Subscription {
    std::size_t device = 0;
    std::string magic;
    TimePoint off_until;
    std::optional<Timestamp> left_at;
  };
  TimePoint on_again(Subscription& subscription, TimePoint now);

  const PushMailboxOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::mt19937_64 dice_;
  std::unordered_map<std::string, Subscription> subscriptions_;
  Wake wake_;
  std::uint64_t lost_ = 0;
};

}  // namespace bramley
