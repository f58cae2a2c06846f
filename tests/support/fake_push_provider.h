#pragma once

#include <map>
#include <mutex>

#include "core/apns/push_provider.h"
#include "core/base/encoding.h"

namespace bramley {

// Answers at once, `sent` unless a token has an answer of its own; or keeps what comes, when it is
// told to.
class FakePushProvider : public PushProvider {
 public:
  void start(std::vector<PushTarget> targets, OnAnswer on_answer) override {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      std::unique_lock lock(mutex);
      const std::string token = encode_hex(targets[i].token);
      pushed.push_back(token);
      if (keep) {
        kept.emplace_back([on_answer, i](PushAnswer answer) { on_answer(i, std::move(answer)); });
        continue;
      }
      const auto found = answers.find(token);
      PushAnswer answer = found == answers.end() ? PushAnswer{.kind = PushAnswer::Kind::sent,
                                                              .notification_id = "id-" + token}
                                                 : found->second;
      lock.unlock();
      on_answer(i, std::move(answer));
    }
  }

  std::mutex mutex;
  std::map<std::string, PushAnswer> answers;  // by token in hex
  std::vector<std::string> pushed;            // the same
  bool keep = false;
  std::vector<std::function<void(PushAnswer)>> kept;
};

}  // namespace bramley
