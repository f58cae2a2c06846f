#include "server/refusal_log.h"

#include <vector>

namespace bramley {
namespace {

constexpr std::string_view other_peers = "others";

// A clock that was set back ends the minute too.
bool is_over(Timestamp begun, Timestamp now) {
  return now < begun || now - begun >= std::chrono::minutes(1);
}

}  // namespace

void RefusalLog::refusal(LogLevel level, std::string_view message, std::string_view peer,
                         std::initializer_list<LogField> fields) {
  if (!log_.takes(level)) {
    return;
  }
  if (log_.takes(LogLevel::request) || admit(level, message, peer)) {
    log_.write(level, message, fields);
  }
}

bool RefusalLog::admit(LogLevel level, std::string_view message, std::string_view peer) {
  const Timestamp now = clock_.now();
  std::optional<std::pair<Key, Minute>> over;
  bool admitted = false;
  {
    const std::lock_guard lock(mutex_);
    Key key{peer, message};
    auto found = minutes_.find(key);
    if (found == minutes_.end() && minutes_.size() >= most_peers) {
      key.first = other_peers;
      found = minutes_.find(key);
    }
    if (found != minutes_.end() && is_over(found->second.begun, now)) {
      over = *found;
      minutes_.erase(found);
      found = minutes_.end();
    }
    if (found == minutes_.end()) {
      found = minutes_.emplace(std::move(key), Minute{now, level}).first;
    }
    admitted = ++found->second.refusals <= lines_a_minute;
  }
  if (over) {
    tell(over->first, over->second);
  }
  return admitted;
}

void RefusalLog::flush() {
  const Timestamp now = clock_.now();
  std::vector<std::pair<Key, Minute>> over;
  {
    const std::lock_guard lock(mutex_);
    for (auto entry = minutes_.begin(); entry != minutes_.end();) {
      if (is_over(entry->second.begun, now)) {
        over.emplace_back(*entry);
        entry = minutes_.erase(entry);
      } else {
        ++entry;
      }
    }
  }
  for (const auto& [key, minute] : over) {
    tell(key, minute);
  }
}

void RefusalLog::tell(const Key& key, const Minute& minute) {
  if (minute.refusals <= lines_a_minute) {
    return;
  }
  log_.write(minute.level, "refusals left out of the log",
             {{"peer", key.first},
              {"refusal", key.second},
              {"count", std::to_string(minute.refusals - lines_a_minute)},
              {"since", format_rfc3339(minute.begun)}});
}

}  // namespace bramley
