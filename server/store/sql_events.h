#pragma once

#include <mutex>
#include <shared_mutex>

#include "server/store/event_store.h"
#include "server/store/soon_events.h"
#include "server/store/sql_context.h"
#include "server/store/sql_event_recorder.h"

namespace bramley {

// sql_events.cpp has the events, sql_webhooks.cpp how far the webhooks are, and
// sql_webhook_definitions.cpp what those of the API are.
class SqlEvents : public EventStore {
 public:
  SqlEvents(const SqlContext& context, EventRecorder& recorder)
      : context_(context), recorder_(recorder) {}

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
  Result<SealedEvent> sealed(const Event& event) const;

  const SqlContext& context_;
  EventRecorder& recorder_;
  SoonEvents soon_;
  // Whoever writes an event that waited keeps the other one from writing it too: shared for a
  // message that comes behind it, and alone for a flush.
  std::shared_mutex writing_soon_;
};

}  // namespace bramley
