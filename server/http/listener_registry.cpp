#include "server/http/listener_registry.h"

#include "server/http/listener_connection.h"

namespace bramley {

void ConnectionRegistry::add(std::shared_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  connections_.insert(std::move(connection));
}

void ConnectionRegistry::remove(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
  if (connections_.empty()) {
    emptied_.notify_all();
  }
}

std::size_t ConnectionRegistry::size() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

std::vector<std::shared_ptr<Connection>> ConnectionRegistry::all() const {
  const std::lock_guard lock(mutex_);
  return {connections_.begin(), connections_.end()};
}

std::vector<std::shared_ptr<Connection>> ConnectionRegistry::overdue(
    std::chrono::steady_clock::time_point now) const {
  std::vector<std::shared_ptr<Connection>> found;
  const std::lock_guard lock(mutex_);
  for (const auto& connection : connections_) {
    if (connection->is_overdue(now)) {
      found.push_back(connection);
    }
  }
  return found;
}

bool ConnectionRegistry::wait_until_empty(std::chrono::milliseconds patience) const {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, patience, [this] { return connections_.empty(); });
}

}  // namespace bramley
