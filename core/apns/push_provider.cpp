#include "core/apns/push_provider.h"

#include <condition_variable>
#include <memory>
#include <mutex>

namespace bramley {

std::vector<PushAnswer> PushProvider::push(std::span<const PushTarget> targets) {
  struct Gathered {
    std::mutex mutex;
    std::condition_variable arrived;
    std::vector<PushAnswer> answers;
    std::size_t missing;
  };
  const auto gathered = std::make_shared<Gathered>();
  gathered->answers.resize(targets.size());
  gathered->missing = targets.size();
  start({targets.begin(), targets.end()}, [gathered](std::size_t index, PushAnswer answer) {
    const std::lock_guard lock(gathered->mutex);
    gathered->answers[index] = std::move(answer);
    if (--gathered->missing == 0) {
      gathered->arrived.notify_one();
    }
  });
  std::unique_lock lock(gathered->mutex);
  gathered->arrived.wait(lock, [&gathered] { return gathered->missing == 0; });
  return std::move(gathered->answers);
}

}  // namespace bramley
