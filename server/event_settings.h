#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "server/service/webhook_message.h"

namespace bramley {

// What is told of devices, and to whom.
struct EventSettings {
  std::vector<std::string> webhook_urls;
  WebhookTerms webhook_terms;
  bool webhook_idle = true;
  // /api/v1/events. Off: nothing is written that no webhook wants.
  bool feed = false;
  std::chrono::seconds retention{std::chrono::hours(24 * 7)};

  [[nodiscard]] bool are_wanted() const { return feed || !webhook_urls.empty(); }
};

}  // namespace bramley
