#include "server/spdlog_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <nlohmann/json.hpp>

#include "core/base/clock.h"

namespace bramley {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::trace;
    case LogLevel::request:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::request:
      return "request";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

// A JSON string: quotes, control characters and bytes that are not UTF-8 are all taken care of.
std::string json_text(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool needs_quotes(std::string_view text) {
  return text.empty() || text.find_first_of(" \"=\\") != std::string_view::npos ||
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/@,+%[]()") !=
             std::string_view::npos;
}

class StandardErrorLog : public Log {
 public:
  StandardErrorLog(LogFormat format, LogLevel lowest)
      : format_(format), logger_("bramley", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_level(spdlog_level(lowest));
    logger_.set_pattern(format == LogFormat::json ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %v",
                        spdlog::pattern_time_type::utc);
    logger_.flush_on(spdlog::level::trace);
  }

  [[nodiscard]] bool takes(LogLevel level) const override {
    return logger_.should_log(spdlog_level(level));
  }

  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override {
    if (!takes(level)) {
      return;
    }
    const std::string line = format_ == LogFormat::json ? json_line(level, message, fields)
                                                        : text_line(level, message, fields);
    logger_.log(spdlog_level(level), "{}", line);
  }

 private:
  static std::string text_line(LogLevel level, std::string_view message,
                               std::initializer_list<LogField> fields) {
    std::string line(level_name(level));
    line.append(line.size() < 6 ? 6 - line.size() : 1, ' ');
    line += message;
    for (const LogField& field : fields) {
      line += " " + std::string(field.key) + "=" +
              (needs_quotes(field.value) ? json_text(field.value) : field.value);
    }
    return line;
  }

  static std::string json_line(LogLevel level, std::string_view message,
                               std::initializer_list<LogField> fields) {
    std::string line = R"({"time":")" + format_rfc3339(SystemClock().now()) + R"(","level":")" +
                       std::string(level_name(level)) + R"(","message":)" + json_text(message);
    for (const LogField& field : fields) {
      line += "," + json_text(field.key) + ":" + json_text(field.value);
    }
    return line + "}";
  }

  const LogFormat format_;
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<Log> make_standard_error_log(LogFormat format, LogLevel lowest) {
  return std::make_unique<StandardErrorLog>(format, lowest);
}

}  // namespace bramley
