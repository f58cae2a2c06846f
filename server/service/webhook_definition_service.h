#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "server/service/api_caller.h"
#include "server/store/event_store.h"

namespace bramley {

// What is said of a webhook; what is not said stays, or is as for a flag's.
struct WebhookTermsGiven {
  std::optional<std::string> name = {};
  std::optional<std::string> url = {};
  std::optional<WebhookFormat> format = {};
  std::optional<bool> redact = {};
  std::optional<bool> idle = {};
  std::optional<SecretBytes> hmac_key = {};  // empty: no signature any more
};

// Webhooks are made, changed and removed; each leaves a line in the log.
class WebhookDefinitionService {
 public:
  static constexpr std::size_t most = 50;
  static constexpr std::size_t longest_name = 255;
  static constexpr std::size_t longest_url = 2048;
  static constexpr std::size_t longest_key = 1024;

  // `flag_urls`: what this server was started with.
  WebhookDefinitionService(EventStore& events, std::vector<std::string> flag_urls,
                           const Clock& clock, Random& random, Log& log)
      : events_(events),
        flag_urls_(std::move(flag_urls)),
        clock_(clock),
        random_(random),
        log_(log) {}

  // malformed: no name or URL, or one that is none. conflict: another webhook has it, also one of a
  // flag, or there are `most`.
  Result<WebhookDefinition> add(const WebhookTermsGiven& given, const ApiCaller& caller);
  // not_found. conflict: as above, or it is a flag's.
  Result<WebhookDefinition> change(std::string_view id, const WebhookTermsGiven& given,
                                   const ApiCaller& caller);
  // Events that waited for it are forgotten. not_found; conflict: it is a flag's.
  Status remove(std::string_view id, const ApiCaller& caller);

 private:
  Result<WebhookDefinition> find(std::string_view id) const;
  Status check(const WebhookDefinition& webhook) const;
  void note(std::string_view what, const WebhookDefinition& webhook, const ApiCaller& caller);

  EventStore& events_;
  const std::vector<std::string> flag_urls_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
};

// 8 hex digits by which who has the key can tell whether it is this one: of HMAC-SHA256 with it
// over the webhook's id. Empty: `key` is null, there is none.
std::string hmac_key_check(const SecretBytes* key, std::string_view webhook_id);

}  // namespace bramley
