#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/net/loopback_listener.h"

namespace bramley {

// Answers HTTP requests on loopback with bytes made beforehand: one connection after the other,
// each answer once, in order, on as many connections as the client likes to open. What it received
// is kept.
class CannedServer {
 public:
  enum class AfterAnswer { keep, close };
  struct Answer {
    std::string bytes;
    AfterAnswer after = AfterAnswer::keep;
    // Runs between this answer and the next request.
    std::function<void()> then = {};
  };

  explicit CannedServer(std::vector<Answer> answers) : answers_(std::move(answers)) {
    thread_ = std::thread([this] { serve(); });
  }
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;
  ~CannedServer() {
    listener_.stop();
    {
      const std::lock_guard lock(mutex_);
      if (connection_ >= 0) {
        ::shutdown(connection_, SHUT_RDWR);
      }
      stopped_ = true;
    }
    thread_.join();
  }

  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(listener_.port()) + path;
  }
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] int connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  void serve() {
    while (true) {
      const int accepted = listener_.accept();
      if (accepted < 0) {
        return;
      }
      {
        const std::lock_guard lock(mutex_);
        if (stopped_) {
          ::close(accepted);
          return;
        }
        connection_ = accepted;
        ++connections_;
      }
      converse(accepted);
      const std::lock_guard lock(mutex_);
      connection_ = -1;
      ::close(accepted);
    }
  }

  void converse(int connection) {
    std::string pending;
    while (next_ < answers_.size() && read_request(connection, pending)) {
      const Answer& answer = answers_[next_++];
      std::string_view rest = answer.bytes;
      while (!rest.empty()) {
        const ssize_t sent = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
          return;
        }
        rest.remove_prefix(static_cast<std::size_t>(sent));
      }
      if (answer.then) {
        answer.then();
      }
      if (answer.after == AfterAnswer::close) {
        return;
      }
    }
  }

  // A head and as much body as its Content-Length says.
  bool read_request(int connection, std::string& pending) {
    std::size_t wanted = std::string::npos;
    while (pending.size() < wanted) {
      std::vector<char> chunk(64U << 10U);
      const ssize_t got = ::recv(connection, chunk.data(), chunk.size(), 0);
      if (got <= 0) {
        return false;
      }
      pending.append(chunk.data(), static_cast<std::size_t>(got));
      const std::size_t end = pending.find("\r\n\r\n");
      if (wanted == std::string::npos && end != std::string::npos) {
        const std::size_t length = pending.find("Content-Length: ");
        wanted = end + 4 + (length < end ? std::stoul(pending.substr(length + 16)) : 0);
      }
    }
    const std::lock_guard lock(mutex_);
    requests_.push_back(pending.substr(0, wanted));
    pending.erase(0, wanted);
    return true;
  }

  std::vector<Answer> answers_;
  std::size_t next_ = 0;
  LoopbackListener listener_;
  mutable std::mutex mutex_;
  int connection_ = -1;
  int connections_ = 0;
  bool stopped_ = false;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace bramley
