#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/apns/push_answer.h"
#include "core/base/bytes.h"

namespace bramley {

// Where a notification goes: what the device's last TokenUpdate said.
struct PushTarget {
  std::string topic;
  std::string push_magic;
  Bytes token;
};

class PushProvider {
 public:
  virtual ~PushProvider() = default;

  // Called once a target, with its index; from any thread, the caller's own before `start` returns
  // included. Must not block, throw, call `start`, or destroy the provider.
  using OnAnswer = std::function<void(std::size_t index, PushAnswer answer)>;
  // Sends one notification a target and returns without waiting for Apple. Safe to call from
  // several threads.
  virtual void start(std::vector<PushTarget> targets, OnAnswer on_answer) = 0;

  // The same, and waits: one answer a target, in their order. Never fails as a whole.
  std::vector<PushAnswer> push(std::span<const PushTarget> targets);
};

}  // namespace bramley
