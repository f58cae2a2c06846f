#include "cli/command_waiter.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command_report.h"

namespace bramley {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{2000};

}  // namespace

Status CommandWaiter::collect(const std::string& uuid,
                              const std::function<void(const Json&)>& on_result) {
  ApiPath path{"/api/v1/commands"};
  path.segment(uuid).segment("results");
  return api_.each_page(path, "results", [&](const Json& page) {
    for (const Json& result : page) {
      if (is_settled(result) && seen_.insert(text_member(result, "enrollment_id")).second) {
        (is_acknowledged(result) ? outcome_.acknowledged : outcome_.failed) += 1;
        on_result(result);
      }
    }
    return true;
  });
}

Result<bool> CommandWaiter::ask(const std::string& uuid, OnFailure on_failure,
                                const std::function<void(const Json&)>& on_result) {
  // The counts are cheap; the results, which may be many, are fetched only when there are new ones.
  ApiPath path{"/api/v1/commands"};
  TRY_ASSIGN(const Json command, api_.get(path.segment(uuid)));
  const std::int64_t settled =
      integer_member(command, "acknowledged") + integer_member(command, "failed") +
      integer_member(command, "cleared") + integer_member(command, "expired") +
      integer_member(command, "cancelled");
  const std::int64_t targets = integer_member(command, "targets");
  if (settled != settled_before_ || settled >= targets) {
    TRY(collect(uuid, on_result));
    settled_before_ = settled;
  }
  const bool all = outcome_.acknowledged + outcome_.failed >= targets;
  return all || (on_failure == OnFailure::stop && outcome_.failed > 0);
}

Result<CommandWaiter::Outcome> CommandWaiter::wait(
    const std::string& uuid, std::chrono::seconds limit, OnFailure on_failure,
    const std::function<void(const Json&)>& on_result,
    const std::function<void(const Outcome&)>& on_progress) {
  const milliseconds deadline = time_.elapsed() + limit;
  milliseconds pause = first_pause;
  while (true) {
    const auto finished = ask(uuid, on_failure, on_result);
    if (!finished && finished.error().code != ErrorCode::unavailable) {
      return finished.error();
    }
    if (finished && *finished) {
      return outcome_;
    }
    const milliseconds left = deadline - time_.elapsed();
    if (left <= milliseconds::zero()) {
      outcome_.timed_out = true;
      return outcome_;
    }
    on_progress(outcome_);
    time_.sleep(std::min(pause, left));
    pause = std::min(pause * 3 / 2, longest_pause);
  }
}

}  // namespace bramley
