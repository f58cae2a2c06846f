#pragma once

#include "server/http/json.h"
#include "server/service/device_selector.h"

namespace bramley {

// Who is meant by a body, and on which conditions.
struct RecipientsField {
  Recipients recipients;
  std::optional<std::chrono::seconds> max_age;
};

// Takes "targets", "select" or "all_devices", and "max_age" out. malformed: none of the three, two
// of them, or an expression that is none.
Result<RecipientsField> take_recipients(JsonObject& body);

}  // namespace bramley
