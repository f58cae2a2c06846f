#include "cli/command_waiter.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command_report.h"

namespace bramley {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{2000};
// When no stream can be had now: asked meanwhile.
constexpr milliseconds before_following_again{10'000};

std::int64_t settled_count(const Json& command) {
  std::int64_t count = 0;
  for (const char* const member : {"acknowledged", "failed", "cleared", "expired", "cancelled"}) {
    count += integer_member(command, member);
  }
  return count;
}

}  // namespace

bool CommandWaiter::is_over() const {
  return finished_ || fault_ || surroundings_.interrupted() || surroundings_.elapsed() >= deadline_;
}

void CommandWaiter::take_result(const Json& result) {
  if (!is_settled(result) || !seen_.insert(text_member(result, "enrollment_id")).second) {
    return;
  }
  (is_acknowledged(result) ? outcome_.acknowledged : outcome_.failed) += 1;
  listener_.on_result(result);
  if (on_failure_ == OnFailure::stop && outcome_.failed > 0) {
    finished_ = true;
  }
}

// What was counted with the results stays: the counts may be of a moment before them.
void CommandWaiter::take_counts(const Json& command) {
  outcome_.targets = integer_member(command, "targets");
  outcome_.not_now =
      std::max<std::int64_t>(std::min(integer_member(command, "not_now"), outcome_.waiting()), 0);
}

Status CommandWaiter::collect() {
  ApiPath path{"/api/v1/commands"};
  path.segment(uuid_).segment("results");
  return api_.each_page(path, "results", [&](const Json& page) {
    for (const Json& result : page) {
      if (!finished_) {
        take_result(result);
      }
    }
    return !finished_;
  });
}

Status CommandWaiter::ask() {
  // The counts are cheap; the results, which may be many, are fetched only when there are new ones.
  ApiPath path{"/api/v1/commands"};
  TRY_ASSIGN(const Json command, api_.get(path.segment(uuid_)));
  const std::int64_t settled = settled_count(command);
  const bool all = settled >= integer_member(command, "targets");
  if (settled != settled_before_ || all) {
    TRY(collect());
    settled_before_ = settled;
  }
  take_counts(command);
  finished_ = finished_ || outcome_.waiting() <= 0;
  if (all && !finished_) {
    // What is not listed any more was forgotten; the counts are not.
    outcome_.acknowledged = integer_member(command, "acknowledged");
    outcome_.failed = outcome_.targets - outcome_.acknowledged;
    finished_ = true;
  }
  return {};
}

bool CommandWaiter::take_message(const EventLines::Message& message) {
  if (message.data.empty()) {
    return true;  // a place to go on from, and nothing more
  }
  const auto document = parse_json(message.data);
  if (!document || !document->is_object()) {
    fault_ = Error{ErrorCode::unavailable, "follow the results: the server sent no result"};
    return false;
  }
  if (message.name == "result") {
    last_id_ = message.id.empty() ? last_id_ : message.id;
    take_result(*document);
  } else if (message.name == "summary") {
    take_counts(*document);
  } else if (message.name == "done") {
    // The last word is had by the counts: what the stream did not show is asked for.
    take_counts(*document);
    finished_ = finished_ || outcome_.waiting() <= 0;
    return false;
  }
  listener_.on_progress(outcome_);
  return !is_over();
}

Result<CommandWaiter::Way> CommandWaiter::follow() {
  ApiPath path{"/api/v1/commands"};
  path.segment(uuid_).segment("results");
  HttpHeaders headers{{"Accept", "text/event-stream"}};
  if (!last_id_.empty()) {
    headers.add("Last-Event-ID", last_id_);
  }
  heard_ = false;
  bool whole = false;
  bool unreadable = false;
  lines_.forget();
  const Status ended = api_.stream(path, std::move(headers), [&](ByteView bytes) {
    // A server without this stream answers with its list.
    if (!heard_ && !bytes.empty() && bytes.front() == '{') {
      return false;
    }
    heard_ = heard_ || !bytes.empty();
    const bool more = lines_.take(bytes, [&](const EventLines::Message& message) {
      whole = whole || message.name == "done";
      return take_message(message);
    });
    unreadable = !more && !whole && !is_over();
    return more && !is_over();
  });
  if (fault_) {
    return *fault_;
  }
  if (ended && !unreadable) {
    return whole ? Way::ask : Way::follow;
  }
  if (!ended && ended.error().code == ErrorCode::unavailable) {
    // It broke off, or none can be had now: then it is asked for a while.
    follow_again_at_ =
        heard_ ? milliseconds::zero() : surroundings_.elapsed() + before_following_again;
    return heard_ ? Way::follow : Way::ask;
  }
  if (!ended && (ended.error().code == ErrorCode::unauthenticated ||
                 ended.error().code == ErrorCode::forbidden)) {
    return ended.error();
  }
  follow_again_at_ = milliseconds::max();  // never
  return Way::ask;
}

void CommandWaiter::pause() {
  const milliseconds left = deadline_ - surroundings_.elapsed();
  if (left > milliseconds::zero() && !surroundings_.interrupted()) {
    surroundings_.sleep(std::min(pause_, left));
  }
  pause_ = std::min(pause_ * 3 / 2, longest_pause);
}

Result<CommandWaiter::Outcome> CommandWaiter::wait(const std::string& uuid,
                                                   std::chrono::seconds limit,
                                                   OnFailure on_failure) {
  uuid_ = uuid;
  on_failure_ = on_failure;
  deadline_ = surroundings_.elapsed() + limit;
  pause_ = first_pause;
  Way way = Way::follow;
  while (true) {
    if (way == Way::follow) {
      const std::size_t before = seen_.size();
      TRY_ASSIGN(way, follow());
      pause_ = seen_.size() != before ? first_pause : pause_;
    }
    if (way == Way::ask && !is_over()) {
      const Status asked = ask();
      if (!asked && asked.error().code != ErrorCode::unavailable) {
        return asked.error();
      }
      way = surroundings_.elapsed() >= follow_again_at_ ? Way::follow : Way::ask;
    }
    if (is_over()) {
      outcome_.interrupted = !finished_ && surroundings_.interrupted();
      outcome_.timed_out = !finished_ && !outcome_.interrupted;
      return outcome_;
    }
    listener_.on_progress(outcome_);
    pause();
  }
}

}  // namespace bramley
