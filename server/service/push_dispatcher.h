#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/apns/push_provider.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "server/service/push_counters.h"
#include "server/store/push_schedule.h"

namespace bramley {

// Serves the schedule of pushes: takes what is due, pushes it, and writes down when to push again.
// Several may serve one database. Whatever happens to one, the schedule knows what is left to do.
// All pushes of the process go through here, so that no more than `most_under_way` are.
class PushDispatcher {
 public:
  struct Options {
    std::size_t most_under_way = 1024;
    // At once in one transaction: devices' reports wait for no more than that.
    std::size_t batch = 256;
    // Handed in by callers and not begun yet; more are refused.
    std::size_t most_waiting = 200'000;
    // Another server takes over what is not settled after it.
    std::chrono::seconds lease{120};
    // How often the schedule is looked at when nobody says that there is something: another
    // server may have queued it.
    std::chrono::milliseconds pause{1000};
    // How long answers are gathered before they are written.
    std::chrono::milliseconds gathering{20};
    // How long a stop waits for answers.
    std::chrono::milliseconds drain{2000};
  };
  struct Ports {
    PushSchedule& schedule;
    PushProvider& provider;
    const Clock& clock;
    Random& random;
    Log& log;
  };
  PushDispatcher(const Ports& with, Options options);
  PushDispatcher(const PushDispatcher&) = delete;
  PushDispatcher& operator=(const PushDispatcher&) = delete;
  // Stops. No answer may come any more: the provider goes first.
  ~PushDispatcher();

  // Begins to serve, on a thread of its own.
  void start();
  // Waits for answers that are on their way, for a bounded time, and writes them. Idempotent.
  void stop();
  // Something may be due now.
  void wake();

  // Pushes now, whatever the schedule says, and settles under `ticket` (0: nothing is scheduled).
  // `on_answer` is called as PushProvider's is, but for those of which this returns the number: too
  // many wait already, and the schedule has them.
  std::size_t send(std::vector<DuePush> pushes, std::int64_t ticket,
                   PushProvider::OnAnswer on_answer);

  // What the thread does again and again: writes what was answered, and claims what is due. True:
  // there may be more at once. For tests, without `start`.
  bool run_once();

  [[nodiscard]] const PushCounters& counters() const { return counters_; }

 private:
  // Pushes that somebody handed in together.
  struct Batch {
    std::vector<DuePush> pushes;
    std::int64_t ticket;
    PushProvider::OnAnswer on_answer;  // may be empty
  };
  struct Begun {
    std::shared_ptr<Batch> batch;
    std::size_t index;
  };
  struct Answered {
    Begun push;
    PushAnswer answer;
  };

  void serve();
  void settle_answered();
  void write(std::vector<PushSettlement> settlements);
  // How many the schedule gave out.
  std::size_t claim_due();
  // Keeps a restart after a long time from waking everybody at once.
  void put_off_overdue(std::vector<DuePush>& claimed, std::int64_t ticket, Timestamp now);
  std::size_t begin_waiting();
  void begin(std::vector<Begun> pushes);
  void take_answer(const Begun& push, PushAnswer answer);
  void log_answer(const DuePush& push, const PushAnswer& answer);
  [[nodiscard]] std::chrono::milliseconds time_to_next();
  void note_trouble(const Error& error);

  const Ports with_;
  const Options options_;
  PushCounters counters_;
  Timestamp started_at_;
  bool in_trouble_ = false;  // the thread's own

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Begun> waiting_;
  std::vector<Answered> answered_;
  std::size_t under_way_ = 0;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace bramley
