#include "server/service/webhook_definition_service.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/crypto/digest.h"
#include "server/service/webhook_delivery.h"

namespace bramley {
namespace {

constexpr std::size_t id_bytes = 6;
constexpr std::size_t check_digits = 8;

void apply(const WebhookTermsGiven& given, WebhookDefinition& webhook) {
  webhook.name = given.name.value_or(webhook.name);
  webhook.url = given.url.value_or(webhook.url);
  webhook.format = given.format.value_or(webhook.format);
  webhook.redact = given.redact.value_or(webhook.redact);
  webhook.idle = given.idle.value_or(webhook.idle);
  if (given.hmac_key) {
    webhook.hmac_key = given.hmac_key->empty()
                           ? nullptr
                           : std::make_shared<const SecretBytes>(given.hmac_key->clone());
  }
}

Error malformed(std::string what, std::string hint = {}) {
  return {ErrorCode::malformed, std::move(what), std::move(hint)};
}

}  // namespace

Result<WebhookDefinition> WebhookDefinitionService::add(const WebhookTermsGiven& given,
                                                        const ApiCaller& caller) {
  WebhookDefinition webhook;
  webhook.id = encode_hex(random_bytes(random_, id_bytes));
  apply(given, webhook);
  TRY(check(webhook));
  TRY(events_.add_webhook(webhook, clock_.now(), most));
  note("webhook added", webhook, caller);
  return webhook;
}

Result<WebhookDefinition> WebhookDefinitionService::change(std::string_view id,
                                                           const WebhookTermsGiven& given,
                                                           const ApiCaller& caller) {
  TRY_ASSIGN(WebhookDefinition webhook, find(id));
  apply(given, webhook);
  TRY(check(webhook));
  TRY(events_.change_webhook(webhook));
  note("webhook changed", webhook, caller);
  return webhook;
}

Status WebhookDefinitionService::remove(std::string_view id, const ApiCaller& caller) {
  TRY_ASSIGN(const WebhookDefinition webhook, find(id));
  TRY(events_.remove_webhook(id, clock_.now()));
  note("webhook removed", webhook, caller);
  return {};
}

Result<WebhookDefinition> WebhookDefinitionService::find(std::string_view id) const {
  TRY_ASSIGN(auto defined, events_.webhook_definitions());
  const auto found = std::ranges::find_if(
      defined, [&](const WebhookDefinition& webhook) { return webhook.id == id; });
  if (found != defined.end()) {
    return std::move(*found);
  }
  TRY_ASSIGN(const auto of_a_flag, events_.webhook(id));
  return Error{ErrorCode::conflict,
               "the webhook " + of_a_flag.id + " is a flag of the server, and not the API's",
               "start the server without that --webhook-url, and make it through the API"};
}

Status WebhookDefinitionService::check(const WebhookDefinition& webhook) const {
  if (webhook.name.empty()) {
    return malformed("a webhook needs a name", "\"name\" is for people, and no two have the same");
  }
  if (webhook.url.empty()) {
    return malformed("a webhook needs a URL", "write it as https://hook.example.com/path");
  }
  TRY(check_webhook_url(webhook.url));
  if (std::ranges::find(flag_urls_, webhook.url) != flag_urls_.end()) {
    return Error{ErrorCode::conflict, "the server was started with a webhook of that URL",
                 "start it without that --webhook-url first"};
  }
  return {};
}

void WebhookDefinitionService::note(std::string_view what, const WebhookDefinition& webhook,
                                    const ApiCaller& caller) {
  log_.info(what, {{"webhook", webhook.id},
                   {"name", webhook.name},
                   {"at", webhook_place(webhook.url)},
                   {"by", caller.described()}});
}

std::string hmac_key_check(const SecretBytes* key, std::string_view webhook_id) {
  return key == nullptr
             ? std::string()
             : encode_hex(hmac_sha256(key->reveal(), as_bytes(webhook_id))).substr(0, check_digits);
}

}  // namespace bramley
