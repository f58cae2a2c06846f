#pragma once

#include "server/store/memory_store.h"
#include "server/store/soon_events.h"

namespace bramley {

// The outbox in memory, under the database's mutex.
class MemoryEvents : public EventStore {
 public:
  explicit MemoryEvents(MemoryDatabase& database) : database_(database) {}

  Status record_with(const Event& event, const std::function<Status()>& work) override;
  void record_soon(Event event) override { soon_.put(std::move(event)); }
  Result<bool> flush() override;
  Result<std::vector<Event>> after(std::int64_t after, const EventFilter& filter,
                                   std::size_t limit) const override;
  Result<Bytes> raw(std::int64_t number) const override;
  Result<std::int64_t> newest() const override;
  Result<std::int64_t> sweep(Timestamp cutoff, std::int64_t limit) override;

  Status use_webhook(std::string_view id, std::string_view url, Timestamp now) override;
  Status add_webhook(const WebhookDefinition& webhook, Timestamp now, std::size_t most) override;
  Status change_webhook(const WebhookDefinition& webhook) override;
  Status remove_webhook(std::string_view id, Timestamp now) override;
  Result<std::vector<WebhookDefinition>> webhook_definitions() const override;
  Status use_defined_webhooks(Timestamp now) override;
  Result<std::int64_t> sweep_webhooks(std::int64_t limit) override;
  Result<std::vector<WebhookState>> webhooks() const override;
  Result<WebhookState> webhook(std::string_view id) const override;
  Status set_flow(std::string_view id, Flow flow) override;
  Result<bool> claim(std::string_view id, std::string_view owner, Timestamp now,
                     Timestamp until) override;
  Status release(std::string_view id, std::string_view owner) override;
  Result<WebhookWork> work(std::string_view id, Timestamp now, std::size_t limit) const override;
  Status record_outcomes(std::string_view id, std::string_view owner, std::int64_t from,
                         std::int64_t to, const std::vector<DeliveryOutcome>& outcomes,
                         Timestamp now) override;
  Result<std::vector<HeldEvent>> parked(std::string_view id, std::int64_t after,
                                        std::size_t limit) const override;
  Result<std::int64_t> replay_parked(std::string_view id, Timestamp now) override;
  Status replay_after(std::string_view id, std::int64_t number) override;

 private:
  using Held = DeliveryOutcome;  // what came of it last
  struct Webhook {
    WebhookState state;
    Timestamp used_at;
    std::string claimed_by;
    Timestamp claimed_until;
    std::map<std::int64_t, Held> held;
    std::optional<WebhookDefinition> definition = {};  // none: a flag's
  };

  // With the mutex held.
  void append(Event event);
  Webhook* find_webhook(std::string_view id);
  const Webhook* find_webhook(std::string_view id) const;
  WebhookState counted(const Webhook& webhook) const;
  HeldEvent held_event(const Held& held) const;
  Status check_new(const WebhookDefinition& webhook) const;
  bool is_needed(std::int64_t number, Timestamp cutoff) const;

  MemoryDatabase& database_;
  SoonEvents soon_;
  std::map<std::int64_t, Event> events_;
  std::vector<Webhook> webhooks_;
};

}  // namespace bramley
