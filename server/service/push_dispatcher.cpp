#include "server/service/push_dispatcher.h"

#include <algorithm>

#include "server/service/push_policy.h"

namespace bramley {
namespace {

// What was due that long before the start was due while nobody served.
constexpr std::chrono::seconds overdue{60};
// Over which such pushes are spread.
constexpr std::chrono::minutes after_restart{15};

}  // namespace

PushDispatcher::PushDispatcher(const Ports& with, Options options)
    : with_(with), options_(options), started_at_(with.clock.now()) {}

PushDispatcher::~PushDispatcher() {
  stop();
}

void PushDispatcher::start() {
  thread_ = std::thread([this] { serve(); });
}

void PushDispatcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void PushDispatcher::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

std::size_t PushDispatcher::send(std::vector<DuePush> pushes, std::int64_t ticket,
                                 PushProvider::OnAnswer on_answer) {
  const auto batch =
      std::make_shared<Batch>(Batch{std::move(pushes), ticket, std::move(on_answer)});
  std::vector<Begun> refused;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < batch->pushes.size(); ++i) {
      if (waiting_.size() < options_.most_waiting) {
        waiting_.push_back({batch, i});
      } else {
        refused.push_back({batch, i});
      }
    }
  }
  const bool are_scheduled = ticket != 0;
  for (std::size_t i = 0; i < refused.size() && !are_scheduled; ++i) {
    batch->on_answer(refused[i].index, {.kind = PushAnswer::Kind::no_connection,
                                        .problem = "too many pushes wait already"});
  }
  begin_waiting();
  return are_scheduled ? refused.size() : 0;
}

void PushDispatcher::serve() {
  while (true) {
    const bool more = run_once();
    const auto pause = more ? options_.gathering : time_to_next();
    std::unique_lock lock(mutex_);
    if (stopping_) {
      break;
    }
    changed_.wait_for(lock, pause, [&] {
      return stopping_ || woken_ || (more && answered_.size() >= options_.batch) ||
             (!more && !answered_.empty());
    });
    if (!stopping_ && !woken_ && !answered_.empty() && answered_.size() < options_.batch) {
      // One transaction for all that come together.
      changed_.wait_for(lock, options_.gathering, [&] {
        return stopping_ || answered_.size() >= options_.batch || under_way_ == 0;
      });
    }
    woken_ = false;
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, options_.drain, [this] { return under_way_ == 0; });
  lock.unlock();
  settle_answered();
}

bool PushDispatcher::run_once() {
  settle_answered();
  const std::size_t begun = begin_waiting();
  const std::size_t claimed = claim_due();
  return begun + claimed > 0;
}

void PushDispatcher::settle_answered() {
  std::vector<Answered> answered;
  {
    const std::lock_guard lock(mutex_);
    answered.swap(answered_);
  }
  const Timestamp now = with_.clock.now();
  std::vector<PushSettlement> settlements;
  for (const Answered& each : answered) {
    const DuePush& push = each.push.batch->pushes[each.push.index];
    const std::int64_t ticket = each.push.batch->ticket;
    if (ticket != 0 || each.answer.kind == PushAnswer::Kind::unregistered) {
      settlements.push_back(settlement_after(push, ticket, each.answer, now, with_.random));
    }
    if (settlements.size() >= options_.batch) {
      write(std::exchange(settlements, {}));
    }
  }
  write(std::move(settlements));
}

void PushDispatcher::write(std::vector<PushSettlement> settlements) {
  if (settlements.empty()) {
    return;
  }
  if (Status settled = with_.schedule.settle(settlements, with_.clock.now()); !settled) {
    // The leases end, and they are pushed again: too often is no harm, never would be.
    counters_.failed_writes += settlements.size();
    note_trouble(settled.error());
  }
}

std::size_t PushDispatcher::claim_due() {
  std::size_t room = 0;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || under_way_ >= options_.most_under_way) {
      return 0;
    }
    room = std::min(options_.most_under_way - under_way_, options_.batch);
  }
  const Timestamp now = with_.clock.now();
  const std::int64_t ticket = random_ticket(with_.random);
  auto claimed = with_.schedule.claim(now, room, now + options_.lease, ticket);
  if (!claimed) {
    note_trouble(claimed.error());
    return 0;
  }
  if (in_trouble_) {
    in_trouble_ = false;
    with_.log.info("the schedule of pushes is served again");
  }
  const std::size_t count = claimed->size();
  counters_.claimed += count;
  put_off_overdue(*claimed, ticket, now);
  const auto batch = std::make_shared<Batch>(Batch{*std::move(claimed), ticket, nullptr});
  std::vector<Begun> pushes;
  for (std::size_t i = 0; i < batch->pushes.size(); ++i) {
    const DuePush& push = batch->pushes[i];
    counters_.repeated += push.sends > 0 || push.failures > 0 ? 1 : 0;
    pushes.push_back({batch, i});
  }
  begin(std::move(pushes));
  return count;
}

void PushDispatcher::put_off_overdue(std::vector<DuePush>& claimed, std::int64_t ticket,
                                     Timestamp now) {
  std::vector<PushSettlement> later;
  std::erase_if(claimed, [&](const DuePush& push) {
    if (push.sends == 0 || push.due_at >= started_at_ - overdue) {
      return false;
    }
    PushSettlement settlement;
    settlement.enrollment = push.enrollment;
    settlement.ticket = ticket;
    settlement.due_at = now + random_delay(after_restart, with_.random);
    settlement.sends = push.sends;
    settlement.failures = push.failures;
    later.push_back(std::move(settlement));
    return true;
  });
  counters_.spread_out += later.size();
  write(std::move(later));
}

std::size_t PushDispatcher::begin_waiting() {
  std::vector<Begun> pushes;
  {
    const std::lock_guard lock(mutex_);
    // Room is taken by `begin`; others may begin meanwhile, which a few too many do not hurt.
    const std::size_t room =
        options_.most_under_way - std::min(under_way_, options_.most_under_way);
    while (!waiting_.empty() && pushes.size() < room) {
      pushes.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  const std::size_t count = pushes.size();
  begin(std::move(pushes));
  return count;
}

void PushDispatcher::begin(std::vector<Begun> pushes) {
  if (pushes.empty()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    under_way_ += pushes.size();
    counters_.under_way = under_way_;
  }
  std::vector<PushTarget> targets;
  targets.reserve(pushes.size());
  for (const Begun& each : pushes) {
    const DuePush& push = each.batch->pushes[each.index];
    targets.push_back({push.topic, push.push_magic, push.token});
  }
  with_.provider.start(std::move(targets),
                       [this, pushes = std::move(pushes)](std::size_t i, PushAnswer answer) {
                         take_answer(pushes[i], std::move(answer));
                       });
}

void PushDispatcher::take_answer(const Begun& push, PushAnswer answer) {
  counters_.answers[static_cast<std::size_t>(answer.kind)] += 1;
  log_answer(push.batch->pushes[push.index], answer);
  if (push.batch->on_answer) {
    push.batch->on_answer(push.index, answer);
  }
  {
    const std::lock_guard lock(mutex_);
    under_way_ -= 1;
    counters_.under_way = under_way_;
    answered_.push_back({push, std::move(answer)});
    // Not for each of a thousand: the thread gathers them.
    if (answered_.size() != 1 && answered_.size() < options_.batch && under_way_ != 0) {
      return;
    }
  }
  changed_.notify_all();
}

// What has to do with one device alone. The provider tells what has to do with the connection.
void PushDispatcher::log_answer(const DuePush& push, const PushAnswer& answer) {
  using Kind = PushAnswer::Kind;
  const bool of_device = answer.kind == Kind::unregistered || answer.kind == Kind::bad_token ||
                         answer.kind == Kind::too_many || answer.kind == Kind::refused;
  with_.log.write(
      of_device ? LogLevel::warn : LogLevel::debug, "push",
      {{"enrollment", push.enrollment_id},
       {"outcome", std::string(push_answer_name(answer.kind))},
       {"detail", answer.kind == Kind::sent ? answer.notification_id : answer.problem}});
}

std::chrono::milliseconds PushDispatcher::time_to_next() {
  const auto next = with_.schedule.next_due();
  if (!next || !*next) {
    return options_.pause;
  }
  const std::chrono::milliseconds left = **next - with_.clock.now();
  return std::clamp(left, options_.gathering, options_.pause);
}

void PushDispatcher::note_trouble(const Error& error) {
  if (!in_trouble_) {
    in_trouble_ = true;
    with_.log.error("the schedule of pushes cannot be served", {{"cause", error.message}});
  }
}

}  // namespace bramley
