#pragma once

// Private to the listener.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace bramley {

class Connection;

// The connections that are open. Keeps them alive until they close. Safe from several threads; a
// connection may call it while it is locked, and it calls none.
class ConnectionRegistry {
 public:
  void add(std::shared_ptr<Connection> connection);
  void remove(const std::shared_ptr<Connection>& connection);
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const;
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> overdue(
      std::chrono::steady_clock::time_point now) const;
  // True once there is none.
  bool wait_until_empty(std::chrono::milliseconds patience) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable emptied_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
};

}  // namespace bramley
