#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "core/net/http_client.h"
#include "server/event_settings.h"
#include "server/http/event_door.h"
#include "server/periodic.h"
#include "server/service/event_audience.h"
#include "server/service/webhook_delivery.h"
#include "server/store/store.h"

namespace bramley {

// What runs in the background for events: a thread a webhook, the writing of what may wait, and the
// end of what is old. Webhooks are those of the flags, and those that the API made, at this server
// or another one of the same database: they are looked for every two seconds.
class EventWork {
 public:
  EventWork(EventSettings settings, EventStore& events, const Clock& clock, Random& random,
            Log& log, WebhookMetrics& metrics);
  ~EventWork() { stop(); }
  EventWork(const EventWork&) = delete;
  EventWork& operator=(const EventWork&) = delete;

  EventBell& bell() { return bell_; }
  // Who listens at the moment.
  [[nodiscard]] const EventAudience& audience() const { return audience_; }
  // What the administrators' API needs of it; good for as long as this is.
  EventDoor door();

  // unavailable: the database does not answer.
  Status start();
  // Ends what waits for events (streams), begins no request any more. Does not wait.
  void ask_to_stop();
  // Waits for what is under way, and writes what waited. Idempotent.
  void stop();

  // Looks for webhooks that were added, changed or removed. Does not wait for their receivers.
  void look();
  // Forgets events past their time that the webhooks were told. Done every minute; here for tests.
  void sweep();

 private:
  // Of the flags' webhooks.
  [[nodiscard]] WebhookTerms flag_terms() const;
  struct Running {
    std::int64_t revision = 0;  // of its definition; 0: a flag's
    std::unique_ptr<WebhookDelivery> delivery;
  };

  Status use_webhooks(Timestamp now);
  Status take_up_changes();
  void begin(const std::string& id, const std::string& url, WebhookTerms terms,
             std::int64_t revision);
  void retire(Running& running);
  void drop_all_but(const std::set<std::string>& present);
  void set_audience(const std::vector<WebhookDefinition>& defined);
  void sweep_removed();
  void flush();
  void measure();

  const EventSettings settings_;
  EventStore& events_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  WebhookMetrics& metrics_;
  EventBell bell_;
  // Bounded in time, so that the server can stop within its own.
  std::unique_ptr<HttpClient> http_;
  EventAudience audience_;
  // Guards what follows it, up to the background.
  std::mutex mutex_;
  std::map<std::string, Running> running_;  // by the webhook's id
  // Told to stop, and perhaps still in a request.
  std::vector<std::unique_ptr<WebhookDelivery>> retired_;
  bool look_failed_ = false;
  bool asked_to_stop_ = false;
  std::vector<std::unique_ptr<Periodic>> background_;
  bool stopped_ = false;
};

}  // namespace bramley
