#include "server/store/reader_pool.h"

namespace bramley {

ReaderPool::ReaderPool(std::vector<std::unique_ptr<SqlConnection>> connections, Metrics& metrics)
    : connections_(std::move(connections)),
      wait_seconds_(StoreMetrics(metrics).reader_wait_seconds) {
  for (const auto& connection : connections_) {
    free_.push_back(connection.get());
  }
}

SqlConnection* ReaderPool::take() const {
  double waited = 0;
  std::unique_lock lock(mutex_);
  if (free_.empty()) {
    const auto begun = std::chrono::steady_clock::now();
    returned_.wait(lock, [this] { return !free_.empty(); });
    waited = seconds_since(begun);
  }
  auto* const connection = free_.back();
  free_.pop_back();
  lock.unlock();
  wait_seconds_.observe(waited);
  return connection;
}

void ReaderPool::give_back(SqlConnection* connection) const {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(connection);
  }
  returned_.notify_one();
}

}  // namespace bramley
