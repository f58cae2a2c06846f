#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/mdm/enrollment_id.h"
#include "server/store/page.h"
#include "server/store/webhook_definition.h"

namespace bramley {

// The topics that the store knows of.
inline constexpr std::string_view token_update_topic = "mdm.TokenUpdate";

// Something that a device said, for webhooks and the event feed.
struct Event {
  EnrollmentId enrollment;
  // Its place in the order of all events; grows. 0: not yet in the store.
  std::int64_t number = 0;
  std::string id = {};     // 16 hex digits, as NanoMDM writes it
  std::string topic = {};  // "mdm.TokenUpdate", "mdm.Connect", …
  Timestamp created_at = {};
  // Of a report (mdm.Connect).
  std::string status = {};
  std::string command_uuid = {};
  // Of a TokenUpdate: how many since the last Authenticate, this one included. The store fills it.
  std::int64_t token_update_tally = 0;
  // What followed '?' in the URL, as it came.
  std::string query = {};
  // The message byte for byte; empty where it was not kept, and in lists. Sealed in storage.
  Bytes raw = {};
};

struct EventFilter {
  std::string enrollment_id = {};  // empty: any
  std::string topic = {};          // empty: any
};

struct WebhookState {
  std::string id;  // 12 hex digits; those of a flag's are what the URL determines
  std::string url;
  // Events up to here were delivered, or wait below.
  std::int64_t position = 0;
  bool paused = false;
  // waiting: refused before, or behind one of the same enrollment that was; tried again by itself.
  std::int64_t waiting = 0;
  // parked: given up until somebody says replay.
  std::int64_t parked = 0;
  // Events beyond `position`.
  std::int64_t behind = 0;
  // When the oldest one happened that is still to be delivered, parked ones aside.
  std::optional<Timestamp> oldest_at = {};
  std::optional<Timestamp> delivered_at = {};
  std::optional<Timestamp> failed_at = {};
  std::string last_error = {};
};

// An event that did not get through, at one webhook.
struct HeldEvent {
  Event event;
  std::int64_t attempts = 0;       // that were answered
  Timestamp first_failed_at = {};  // 1970: not yet
  std::string error = {};
};

// What a webhook's worker has to do, without the messages themselves.
struct WebhookWork {
  bool paused = false;  // then there is nothing to do
  std::int64_t position = 0;
  // Whose time has come: at most one an enrollment, its oldest.
  std::vector<HeldEvent> due;
  struct Fresh {
    Event event;
    bool behind = false;  // an older event of the same enrollment waits
  };
  // What follows the position.
  std::vector<Fresh> fresh;
};

struct DeliveryOutcome {
  std::int64_t number = 0;
  std::string enrollment_id;
  enum class Kind { delivered, failed, behind, parked } kind = Kind::delivered;
  std::int64_t attempts = 0;
  Timestamp first_failed_at = {};
  Timestamp next_at = {};  // of `failed`
  std::string error = {};
};

// The outbox: what happened, and how far each webhook was told of it.
class EventStore {
 public:
  virtual ~EventStore() = default;

  // Runs `work`, which calls other ports of this store on this thread. The event enters the store
  // in the transaction of the first thing that `work` writes, or in one of its own when it writes
  // nothing; never when `work` fails, whose Error is returned.
  virtual Status record_with(const Event& event, const std::function<Status()>& work) = 0;
  // For what happens all the time and changes nothing (Idle): kept in memory, the last one of each
  // enrollment, until the next `flush`, or before the next event of the same enrollment. A crash
  // loses it.
  virtual void record_soon(Event event) = 0;
  // Writes some of those. True: more remain.
  virtual Result<bool> flush() = 0;

  // The oldest first, from beyond `after`; without `raw`.
  virtual Result<std::vector<Event>> after(std::int64_t after, const EventFilter& filter,
                                           std::size_t limit) const = 0;
  // Its message; empty where none was kept. not_found: swept.
  virtual Result<Bytes> raw(std::int64_t number) const = 0;
  // 0: none was ever written.
  virtual Result<std::int64_t> newest() const = 0;

  // Forgets events from before `cutoff`, at most `limit`; returns how many. Stays: what a webhook
  // that was in use since `cutoff` has not been told (parked ones aside), and the newest.
  virtual Result<std::int64_t> sweep(Timestamp cutoff, std::int64_t limit) = 0;

  // Makes one of a flag known, beginning with what happens from now on, or notes that it is still
  // in use.
  virtual Status use_webhook(std::string_view id, std::string_view url, Timestamp now) = 0;
  // Those that the API made. add: begins with what happens from now on. conflict: one has that name
  // or URL, or `most` are there. `revision` is the store's.
  virtual Status add_webhook(const WebhookDefinition& webhook, Timestamp now, std::size_t most) = 0;
  // Finds it by its id, and replaces the rest; what waits for it stays. not_found; conflict as
  // above.
  virtual Status change_webhook(const WebhookDefinition& webhook) = 0;
  // It is gone at once; what waited for it goes with sweep_webhooks. not_found, also of a flag's.
  virtual Status remove_webhook(std::string_view id, Timestamp now) = 0;
  // Oldest first.
  virtual Result<std::vector<WebhookDefinition>> webhook_definitions() const = 0;
  // Notes that all of those are in use.
  virtual Status use_defined_webhooks(Timestamp now) = 0;
  // Forgets at most `limit` events that waited for removed webhooks, and those for which none does
  // any more; returns how many.
  virtual Result<std::int64_t> sweep_webhooks(std::int64_t limit) = 0;

  // Of both kinds.
  virtual Result<std::vector<WebhookState>> webhooks() const = 0;
  // not_found, as all below.
  virtual Result<WebhookState> webhook(std::string_view id) const = 0;
  enum class Flow { running, paused };
  virtual Status set_flow(std::string_view id, Flow flow) = 0;
  // Makes `owner` the only one who delivers, until then; for one of several servers. False: another
  // one is.
  virtual Result<bool> claim(std::string_view id, std::string_view owner, Timestamp now,
                             Timestamp until) = 0;
  virtual Status release(std::string_view id, std::string_view owner) = 0;
  virtual Result<WebhookWork> work(std::string_view id, Timestamp now, std::size_t limit) const = 0;
  // What came of `work`, and the new position. conflict: the owner lost its claim, or a replay
  // moved the position meanwhile; nothing was recorded, and what was delivered comes again.
  virtual Status record_outcomes(std::string_view id, std::string_view owner, std::int64_t from,
                                 std::int64_t to, const std::vector<DeliveryOutcome>& outcomes,
                                 Timestamp now) = 0;
  // The oldest first, beyond `after`.
  virtual Result<std::vector<HeldEvent>> parked(std::string_view id, std::int64_t after,
                                                std::size_t limit) const = 0;
  // Parked events wait again; returns how many.
  virtual Result<std::int64_t> replay_parked(std::string_view id, Timestamp now) = 0;
  // Everything beyond `number` that is still kept is delivered again.
  virtual Status replay_after(std::string_view id, std::int64_t number) = 0;
};

}  // namespace bramley
