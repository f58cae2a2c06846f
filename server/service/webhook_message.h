#pragma once

#include <memory>
#include <string>

#include "core/base/secret_bytes.h"
#include "core/net/http_message.h"
#include "server/store/event_store.h"

namespace bramley {

// Which form a webhook's requests have.
struct WebhookTerms {
  WebhookFormat format = WebhookFormat::nanomdm;
  // leave_out: keys that hold a device's secrets are taken out of the message, which is then no
  // longer byte for byte what the device sent.
  enum class Secrets { send, leave_out } secrets = Secrets::send;
  // Null: requests are not signed.
  std::shared_ptr<const SecretBytes> hmac_key = {};
  // ignore: not told of devices that have nothing to say.
  enum class Idle { tell, ignore } idle = Idle::tell;
};

// Names a webhook in the database, in logs and on the command line: 12 hex digits.
std::string webhook_id(std::string_view url);

// Of a webhook that the API made.
WebhookTerms webhook_terms(const WebhookDefinition& webhook);

// Whether it is told of the event: not of Idle where it does not want it, and MicroMDM's format has
// no word for some check-ins.
bool is_told(const Event& event, const WebhookTerms& terms);

// The POST that tells a webhook of one event (mdm.md §1.8): NanoMDM's compact JSON, or MicroMDM's
// indented one, the times to the second; X-Hmac-Signature is the base64 of HMAC-SHA256 over the
// body.
HttpRequest webhook_request(std::string url, const Event& event, ByteView message,
                            const WebhookTerms& terms);

}  // namespace bramley
