#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/net/http_client.h"
#include "server/service/event_bell.h"
#include "server/service/webhook_message.h"
#include "server/service/webhook_metrics.h"
#include "server/store/event_store.h"

namespace bramley {

struct DeliveryOptions {
  WebhookTerms terms = {};
  // An event that was answered with a refusal so often is parked.
  std::int64_t attempts = 12;
  // So is one that did not get through for so long, whatever the cause.
  std::chrono::seconds give_up_after{std::chrono::hours(72)};
  // Between two attempts: twice as long each time, less up to half of it.
  std::chrono::seconds first_delay{1};
  std::chrono::seconds longest_delay{std::chrono::minutes(10)};
  // While everything fails: the same for the webhook as a whole.
  std::chrono::seconds longest_rest{60};
  // How long another server waits before it takes over from one that is gone.
  // Longer than a batch and its last request.
  std::chrono::seconds lease{18};
  std::size_t batch = 64;
  // After this the batch ends early, and what came of it is written.
  std::chrono::milliseconds batch_time{3000};
  // How often it looks for what other servers wrote.
  std::chrono::milliseconds look_interval{1000};
};

// Tells one webhook what happened: at least once, and in order for each enrollment. An event that
// is refused waits and is tried again, with those of its enrollment behind it and nobody else's; in
// the end it is parked. What was delivered is known in the database, so nothing is lost by a crash,
// and one of several servers delivers at a time. One thread, which begins with `start`.
class WebhookDelivery {
 public:
  struct Dependencies {
    EventStore& events;
    HttpClient& http;
    EventBell& bell;
    const Clock& clock;
    Random& random;
    Log& log;
    WebhookMetrics& metrics;
  };
  // `id`: its name in the store, where it is.
  WebhookDelivery(const Dependencies& with, std::string id, std::string url,
                  DeliveryOptions options);
  WebhookDelivery(const WebhookDelivery&) = delete;
  WebhookDelivery& operator=(const WebhookDelivery&) = delete;
  ~WebhookDelivery() { stop(); }

  [[nodiscard]] const std::string& id() const { return id_; }
  void start();
  // No request is begun any more. Does not wait.
  void ask_to_stop();
  // After ask_to_stop: the thread is at its end, and stop() will not wait.
  [[nodiscard]] bool is_finished() const { return finished_; }
  // Waits for the request that is under way, writes what came of it, and lets other servers take
  // over. Idempotent.
  void stop();

  // worked: some events were dealt with, and there may be more. idle: none, or paused. elsewhere:
  // another server delivers. resting: everything failed, and it is too early to try again.
  enum class Round { worked, idle, elsewhere, resting };
  // What the thread does again and again. unavailable: the database does not answer.
  Result<Round> round();

 private:
  struct Batch;

  void run();
  void release();
  Result<bool> claim();
  // Up to which event of the log it came.
  std::int64_t deliver(const WebhookWork& work, Batch& batch);
  // False: the batch ends here.
  bool handle(const HeldEvent& held, Batch& batch);
  // Whether the receiver took it; else why not.
  struct Answer {
    bool taken = false;
    bool answered = false;
    std::string error = {};
  };
  Result<Answer> tell(const Event& event);
  void note_success();
  void note_failure(const Answer& answer);
  [[nodiscard]] bool is_ill() const { return failures_ >= patience_; }
  [[nodiscard]] DeliveryOutcome failed(const HeldEvent& held, const Answer& answer);
  [[nodiscard]] std::chrono::seconds delay(std::int64_t attempts, std::chrono::seconds longest);

  const Dependencies with_;
  const std::string url_;
  const std::string id_;
  const DeliveryOptions options_;
  const std::string owner_;
  std::optional<Timestamp> claimed_until_;
  // Failures in a row, whichever the event; from `patience_` on the receiver counts as ill.
  std::int64_t failures_ = 0;
  std::int64_t patience_ = 3;
  std::optional<Timestamp> rest_until_;
  bool fresh_first_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> finished_ = false;
  std::thread thread_;
};

// The URL without what may be secret in it: scheme and host.
std::string webhook_place(std::string_view url);
// malformed: no http(s) URL, or one with a user or a fragment.
Status check_webhook_url(std::string_view url);

}  // namespace bramley
