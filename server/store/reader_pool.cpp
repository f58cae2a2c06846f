#include "server/store/reader_pool.h"

namespace bramley {

ReaderPool::ReaderPool(std::vector<std::unique_ptr<SqlConnection>> connections)
    : connections_(std::move(connections)) {
  for (const auto& connection : connections_) {
    free_.push_back(connection.get());
  }
}

SqlConnection* ReaderPool::take() const {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return !free_.empty(); });
  auto* const connection = free_.back();
  free_.pop_back();
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
