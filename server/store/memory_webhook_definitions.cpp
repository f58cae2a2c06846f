// The part of MemoryEvents that has the webhooks of the API.

#include <algorithm>

#include "server/store/memory_events.h"
#include "server/store/store_errors.h"

namespace bramley {

Status MemoryEvents::check_new(const WebhookDefinition& webhook) const {
  for (const Webhook& other : webhooks_) {
    if (!other.definition || other.state.id == webhook.id) {
      continue;
    }
    if (other.definition->name == webhook.name) {
      return webhook_exists("name", webhook.name);
    }
    if (other.state.url == webhook.url) {
      return webhook_exists("URL", webhook.url);
    }
  }
  return {};
}

Status MemoryEvents::add_webhook(const WebhookDefinition& webhook, Timestamp now,
                                 std::size_t most) {
  const std::lock_guard lock(database_.mutex);
  TRY(check_new(webhook));
  const auto defined = std::ranges::count_if(
      webhooks_, [](const Webhook& other) { return other.definition.has_value(); });
  if (static_cast<std::size_t>(defined) >= most) {
    return too_many_webhooks(most);
  }
  Webhook& added = webhooks_.emplace_back();
  added.state.id = webhook.id;
  added.state.url = webhook.url;
  added.state.position = events_.empty() ? 0 : events_.rbegin()->first;
  added.used_at = now;
  added.definition = webhook;
  added.definition->revision = 1;
  return {};
}

Status MemoryEvents::change_webhook(const WebhookDefinition& webhook) {
  const std::lock_guard lock(database_.mutex);
  TRY(check_new(webhook));
  Webhook* const known = find_webhook(webhook.id);
  if (known == nullptr || !known->definition) {
    return no_webhook(webhook.id);
  }
  const auto revision = known->definition->revision + 1;
  known->definition = webhook;
  known->definition->revision = revision;
  known->state.url = webhook.url;
  return {};
}

Status MemoryEvents::remove_webhook(std::string_view id, Timestamp /*now*/) {
  const std::lock_guard lock(database_.mutex);
  const auto removed = std::erase_if(webhooks_, [&](const Webhook& webhook) {
    return webhook.state.id == id && webhook.definition;
  });
  return removed > 0 ? Status() : Status(no_webhook(id));
}

Result<std::vector<WebhookDefinition>> MemoryEvents::webhook_definitions() const {
  const std::lock_guard lock(database_.mutex);
  std::vector<WebhookDefinition> definitions;
  for (const Webhook& webhook : webhooks_) {
    if (webhook.definition) {
      definitions.push_back(*webhook.definition);
    }
  }
  return definitions;
}

Status MemoryEvents::use_defined_webhooks(Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  for (Webhook& webhook : webhooks_) {
    if (webhook.definition) {
      webhook.used_at = now;
    }
  }
  return {};
}

// What waits is the webhook's own, and went with it.
Result<std::int64_t> MemoryEvents::sweep_webhooks(std::int64_t /*limit*/) {
  return 0;
}

}  // namespace bramley
