#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace bramley {

// request: one line a request that the server answered. Below info, because a fleet's polls would
// drown everything else.
enum class LogLevel { debug, request, info, warn, error };

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
  // Whether a line of this level would be written at all: asked before a line that costs something
  // to put together.
  [[nodiscard]] virtual bool takes(LogLevel /*level*/) const { return true; }
  // A request of `peer` was refused. One peer can cause any number of these, so an implementation
  // may write the first few and count the rest. `fields` name the peer too.
  virtual void refusal(LogLevel level, std::string_view message, std::string_view /*peer*/,
                       std::initializer_list<LogField> fields) {
    write(level, message, fields);
  }

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
  [[nodiscard]] bool takes(LogLevel /*level*/) const override { return false; }
};

}  // namespace bramley
