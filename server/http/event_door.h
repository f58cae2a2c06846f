#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/net/http_client.h"
#include "server/service/event_bell.h"
#include "server/service/webhook_message.h"

namespace bramley {

// What the administrators' API needs for events beside the store. Borrowed; without a bell there is
// neither a feed nor a webhook.
struct EventDoor {
  EventBell* bell = nullptr;
  HttpClient* http = nullptr;
  WebhookTerms terms = {};
  bool feed = false;
  // Of the flags.
  std::vector<std::string> webhook_urls = {};
  // To be called when a webhook was added, changed or removed. Does not wait for receivers.
  std::function<void()> webhooks_changed = {};
};

}  // namespace bramley
