#pragma once

#include <memory>
#include <vector>

#include "core/net/http_client.h"
#include "server/event_settings.h"
#include "server/periodic.h"
#include "server/service/webhook_delivery.h"
#include "server/store/store.h"

namespace bramley {

// What runs in the background for events: a thread a webhook, the writing of what may wait, and the
// end of what is old.
class EventWork {
 public:
  EventWork(EventSettings settings, EventStore& events, const Clock& clock, Random& random,
            Log& log, WebhookMetrics& metrics);
  ~EventWork() { stop(); }
  EventWork(const EventWork&) = delete;
  EventWork& operator=(const EventWork&) = delete;

  EventBell& bell() { return bell_; }
  // For webhooks: bounded in time, so that the server can stop within its own.
  HttpClient& http() { return *http_; }
  [[nodiscard]] const EventSettings& settings() const { return settings_; }

  // unavailable: the database does not answer.
  Status start();
  // Ends what waits for events (streams), begins no request any more. Does not wait.
  void ask_to_stop();
  // Waits for what is under way, and writes what waited. Idempotent.
  void stop();

  // Forgets events past their time that the webhooks were told. Done every minute; here for tests.
  void sweep();

 private:
  Status use_webhooks(Timestamp now);
  void flush();
  void measure();

  const EventSettings settings_;
  EventStore& events_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  WebhookMetrics& metrics_;
  EventBell bell_;
  std::unique_ptr<HttpClient> http_;
  std::vector<std::unique_ptr<WebhookDelivery>> deliveries_;
  std::vector<std::unique_ptr<Periodic>> background_;
  bool stopped_ = false;
};

}  // namespace bramley
