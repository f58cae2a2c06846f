#include "server/service/apns_push_service.h"

#include <condition_variable>
#include <unordered_map>

#include "server/service/push_policy.h"

namespace bramley {
namespace {

// Answers that a caller waits for. Lives on when the caller has gone.
struct Awaited {
  std::mutex mutex;
  std::condition_variable complete;
  std::vector<std::optional<PushAnswer>> answers;
  std::size_t missing;
};

std::vector<std::optional<PushAnswer>> answers_within(const std::shared_ptr<Awaited>& awaited,
                                                      std::chrono::milliseconds longest) {
  std::unique_lock lock(awaited->mutex);
  awaited->complete.wait_for(lock, longest, [&] { return awaited->missing == 0; });
  return awaited->answers;
}

Result<std::string> notification_id(const std::optional<PushAnswer>& answer) {
  if (!answer) {
    return std::string();  // it is on its way: an error would make the caller send it again
  }
  if (answer->kind == PushAnswer::Kind::sent) {
    return answer->notification_id;
  }
  return Error{ErrorCode::unavailable, answer->problem};
}

// Each id once, in the order of their first mention; and for each id given, which of those it is.
struct Unique {
  std::vector<std::string> ids;
  std::vector<std::size_t> places;
};
Unique without_repeats(std::span<const std::string> ids) {
  Unique unique;
  std::unordered_map<std::string_view, std::size_t> seen;
  for (const std::string& id : ids) {
    const auto [found, is_new] = seen.try_emplace(id, unique.ids.size());
    if (is_new) {
      unique.ids.push_back(id);
    }
    unique.places.push_back(found->second);
  }
  return unique;
}

}  // namespace

std::vector<PushOutcome> ApnsPushService::push(std::span<const std::string> enrollment_ids,
                                               std::int64_t ticket) {
  const bool may_wait = ++waiting_ <= most_waiting;
  const Unique unique = without_repeats(enrollment_ids);
  auto addresses = schedule_.addresses(unique.ids);
  std::vector<Result<std::string>> results;
  std::vector<DuePush> pushes;
  std::vector<std::size_t> pushed;  // the places of `pushes`
  for (std::size_t i = 0; i < unique.ids.size(); ++i) {
    if (!addresses || !(*addresses)[i]) {
      results.emplace_back(addresses ? (*addresses)[i].error() : addresses.error());
      continue;
    }
    results.emplace_back(std::string());
    pushed.push_back(i);
    pushes.push_back(*std::move((*addresses)[i]));
  }
  const auto awaited = std::make_shared<Awaited>();
  awaited->answers.resize(pushes.size());
  awaited->missing = pushes.size();
  const std::size_t left_to_the_schedule =
      dispatcher_.send(std::move(pushes), ticket, [awaited](std::size_t i, PushAnswer answer) {
        const std::lock_guard lock(awaited->mutex);
        awaited->answers[i] = std::move(answer);
        if (--awaited->missing == 0) {
          awaited->complete.notify_all();
        }
      });
  {
    const std::lock_guard lock(awaited->mutex);
    awaited->missing -= left_to_the_schedule;
  }
  const auto answers =
      answers_within(awaited, may_wait ? longest_wait_ : std::chrono::milliseconds(0));
  --waiting_;
  for (std::size_t i = 0; i < pushed.size(); ++i) {
    results[pushed[i]] = notification_id(answers[i]);
  }
  std::vector<PushOutcome> outcomes;
  outcomes.reserve(enrollment_ids.size());
  for (std::size_t i = 0; i < enrollment_ids.size(); ++i) {
    outcomes.push_back({enrollment_ids[i], results[unique.places[i]]});
  }
  return outcomes;
}

std::int64_t ApnsPushService::ticket() {
  return random_ticket(random_);
}

}  // namespace bramley
