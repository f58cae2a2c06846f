#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace bramley {

enum class LogLevel { debug, info, warn, error };

// One field of a structured line: key in snake_case, value as text. Never a secret.
struct LogField {
  std::string_view key;
  std::string value;
};

// Where a layer reports what happened, without knowing how lines are written.
// Implementations are safe to call from several threads.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields) = 0;

  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::info, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::warn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::error, message, fields);
  }
  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::debug, message, fields);
  }
};

class NullLog : public Log {
 public:
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace bramley
