#include "cli/simulator/push_mailbox.h"

namespace bramley {

void PushMailbox::set_wake(Wake wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void PushMailbox::subscribe(const std::string& token, std::size_t device,
                            const std::string& magic) {
  const std::lock_guard lock(mutex_);
  Subscription& subscription = subscriptions_[token];
  subscription.device = device;
  subscription.magic = magic;
  subscription.left_at.reset();
}

void PushMailbox::unsubscribe(const std::string& token) {
  const std::lock_guard lock(mutex_);
  if (const auto found = subscriptions_.find(token); found != subscriptions_.end()) {
    found->second.left_at = clock_.now();
  }
}

// When the device hears of a push of now.
PushMailbox::TimePoint PushMailbox::on_again(Subscription& subscription, TimePoint now) {
  const bool goes_off = subscription.off_until <= now && std::uniform_real_distribution<double>(
                                                             0, 1)(dice_) < options_.offline_share;
  if (goes_off) {
    subscription.off_until = now + options_.offline_time;
  }
  return std::max(subscription.off_until, now);
}

PushAnswer PushMailbox::deliver(const PushNotification& push) {
  const std::lock_guard lock(mutex_);
  const auto found = subscriptions_.find(push.token);
  if (found == subscriptions_.end()) {
    return {400, "BadDeviceToken"};
  }
  Subscription& subscription = found->second;
  if (subscription.left_at) {
    return {410, "Unregistered", subscription.left_at};
  }
  const TimePoint now = std::chrono::steady_clock::now();
  const TimePoint heard = on_again(subscription, now);
  const auto wait = std::chrono::ceil<std::chrono::seconds>(heard - now);
  if (wait.count() > 0 && clock_.now() + wait > push.expiration) {
    ++lost_;
    return {};
  }
  // A device that hears another magic than its own stays where it is, and nobody is told.
  if (push.magic == subscription.magic && wake_) {
    wake_(subscription.device, heard);
  }
  return {};
}

std::uint64_t PushMailbox::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

}  // namespace bramley
