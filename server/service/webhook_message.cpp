#include "server/service/webhook_message.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "core/crypto/digest.h"
#include "server/service/message_secrets.h"

namespace bramley {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t webhook_id_digits = 12;

std::optional<std::string> decoded(std::string text) {
  std::replace(text.begin(), text.end(), '+', ' ');
  auto value = decode_percent(text);
  return value ? std::optional(*std::move(value)) : std::nullopt;
}

// The first value of each name, sorted as Go writes its maps.
Json url_params(std::string_view query) {
  std::map<std::string, std::string> params;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = decoded(std::string(pair.substr(0, equals)));
    const auto value = decoded(std::string(pair.substr(std::min(pair.size(), equals + 1))));
    if (name && value && !pair.empty()) {
      params.emplace(*name, *value);
    }
  }
  return params.empty() ? Json(nullptr) : Json(params);
}

bool is_user_enrollment(EnrollmentType type) {
  return type == EnrollmentType::user_enrollment_device || type == EnrollmentType::user_enrollment;
}

void put_device(Json& object, const Event& event, std::string_view name) {
  const bool by_enrollment_id = is_user_enrollment(event.enrollment.type());
  if (by_enrollment_id == (name == "enrollment_id")) {
    object[name] = event.enrollment.device_value();
  }
}

void put_text(Json& object, std::string_view name, const std::string& value) {
  if (!value.empty()) {
    object[name] = value;
  }
}

void put_params(Json& object, const Event& event) {
  if (Json params = url_params(event.query); !params.is_null()) {
    object["url_params"] = std::move(params);
  }
}

Json ids(const Event& event) {
  Json ids = {{"id", event.enrollment.value()}};
  if (!event.enrollment.is_device_channel()) {
    ids["parent_id"] = event.enrollment.device_value();
  }
  ids["type"] = enrollment_type_name(event.enrollment.type());
  return ids;
}

bool is_report(const Event& event) {
  return event.topic == "mdm.Connect";
}

// Members in NanoMDM's order, which is that of the alphabet.
Json nanomdm_document(const Event& event, ByteView message) {
  Json inner = Json::object();
  if (is_report(event)) {
    put_text(inner, "command_uuid", event.command_uuid);
  }
  put_device(inner, event, "enrollment_id");
  inner["ids"] = ids(event);
  inner["raw_payload"] = encode_base64(message);
  if (is_report(event)) {
    inner["status"] = event.status;
  } else if (event.topic == token_update_topic) {
    inner["token_update_tally"] = event.token_update_tally;
  }
  put_device(inner, event, "udid");
  put_params(inner, event);
  return {{is_report(event) ? "acknowledge_event" : "checkin_event", std::move(inner)},
          {"created_at", format_rfc3339(event.created_at)},
          {"event_id", event.id},
          {"topic", event.topic}};
}

Json micromdm_document(const Event& event, ByteView message) {
  Json inner = Json::object();
  put_device(inner, event, "udid");
  put_device(inner, event, "enrollment_id");
  if (is_report(event)) {
    inner["status"] = event.status;
    put_text(inner, "command_uuid", event.command_uuid);
    put_params(inner, event);
  } else {
    inner["url_params"] = url_params(event.query);
  }
  inner["raw_payload"] = encode_base64(message);
  return {{"topic", event.topic},
          {"event_id", event.id},
          {"created_at", format_rfc3339(event.created_at)},
          {is_report(event) ? "acknowledge_event" : "checkin_event", std::move(inner)}};
}

// Go's encoder escapes these, which only strings can hold.
std::string escaped_as_go_does(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    switch (c) {
      case '<':
        text += "\\u003c";
        break;
      case '>':
        text += "\\u003e";
        break;
      case '&':
        text += "\\u0026";
        break;
      default:
        text.push_back(c);
    }
  }
  return text;
}

}  // namespace

std::string webhook_id(std::string_view url) {
  return sha256(as_bytes(url)).hex().substr(0, webhook_id_digits);
}

WebhookTerms webhook_terms(const WebhookDefinition& webhook) {
  WebhookTerms terms;
  terms.format = webhook.format;
  terms.secrets = webhook.redact ? WebhookTerms::Secrets::leave_out : WebhookTerms::Secrets::send;
  terms.hmac_key = webhook.hmac_key;
  terms.idle = webhook.idle ? WebhookTerms::Idle::tell : WebhookTerms::Idle::ignore;
  return terms;
}

bool is_told(const Event& event, const WebhookTerms& terms) {
  if (terms.idle == WebhookTerms::Idle::ignore && is_report(event) && event.status == "Idle") {
    return false;
  }
  return terms.format == WebhookFormat::nanomdm ||
         (event.topic.starts_with("mdm.") && event.topic != "mdm.UserAuthenticate" &&
          event.topic != "mdm.DeclarativeManagement" && event.topic != "mdm.GetToken");
}

HttpRequest webhook_request(std::string url, const Event& event, ByteView message,
                            const WebhookTerms& terms) {
  Bytes cleaned_message;
  if (terms.secrets == WebhookTerms::Secrets::leave_out) {
    cleaned_message = without_secrets(message);
    message = cleaned_message;
  }
  const bool nano = terms.format == WebhookFormat::nanomdm;
  const Json document = nano ? nanomdm_document(event, message) : micromdm_document(event, message);
  // Text that is not UTF-8 gets replacement characters, as Go's encoder does.
  const std::string json = document.dump(nano ? -1 : 2, ' ', false, Json::error_handler_t::replace);
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(url);
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = to_bytes(escaped_as_go_does(json));
  if (terms.hmac_key) {
    request.headers.add("X-Hmac-Signature",
                        encode_base64(hmac_sha256(terms.hmac_key->reveal(), request.body)));
  }
  return request;
}

}  // namespace bramley
