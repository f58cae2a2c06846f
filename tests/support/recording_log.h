#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "core/base/log.h"

namespace bramley {

// Keeps lines as "level message key=value …" for tests to look at.
class RecordingLog : public Log {
 public:
  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override {
    constexpr std::string_view names[] = {"debug", "request", "info", "warn", "error"};
    std::string line(names[static_cast<std::size_t>(level)]);
    line.append(" ").append(message);
    for (const LogField& field : fields) {
      line.append(" ").append(field.key).append("=").append(field.value);
    }
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& line : lines()) {
      all.append(line).append("\n");
    }
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace bramley
