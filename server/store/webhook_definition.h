#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/secret_bytes.h"

namespace bramley {

enum class WebhookFormat { nanomdm, micromdm };

// A webhook that was made through the API, and is not a flag of one server.
struct WebhookDefinition {
  std::string id = {};    // 12 hex digits; stays when the URL changes
  std::string name = {};  // for people; no two have the same
  std::string url = {};
  WebhookFormat format = WebhookFormat::nanomdm;
  // Keys that hold a device's secrets are taken out of the messages.
  bool redact = false;
  // Also told of devices that have nothing to say.
  bool idle = true;
  // Null: requests are not signed. Sealed in storage.
  std::shared_ptr<const SecretBytes> hmac_key = {};
  // Grows with each change; the store counts it.
  std::int64_t revision = 0;
};

}  // namespace bramley
