#include "cli/desired_state/webhook_kind.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/json.h"
#include "core/base/encoding.h"
#include "server/service/webhook_definition_service.h"
#include "server/service/webhook_delivery.h"

namespace bramley {
namespace {

constexpr const char* webhooks_path = "/api/v1/webhooks";

bool is_true(const Json& object, std::string_view key) {
  const Json member = any_member(object, key);
  return member.is_boolean() && member.get<bool>();
}

const char* yes_or_no(bool value) {
  return value ? "yes" : "no";
}

// Those of the API, without those of flags.
Result<Json> present_webhooks(ApiClient& api) {
  Json present = Json::array();
  TRY(api.each_page({webhooks_path}, "webhooks", [&](const Json& items) {
    for (const Json& one : items) {
      if (text_member(one, "origin") == "api") {
        present.push_back(one);
      }
    }
    return true;
  }));
  return present;
}

ApiPath path_of(const Json& present) {
  ApiPath path{webhooks_path};
  path.segment(text_member(present, "id"));
  return path;
}

// A reference, relative to the file that has it.
Result<SecretBytes> read_key(DesiredFields& fields, const std::string& text,
                             const DesiredReading& reading) {
  const auto reference = SecretReference::parse(text);
  using Source = SecretReference::Source;
  if (!reference ||
      (reference->source() != Source::file && reference->source() != Source::environment)) {
    return fields.wrong("it is env:NAME or @FILE: a secret does not stand in the file itself");
  }
  std::string place = text;
  if (reference->source() == Source::file) {
    place = "@" + (reading.folder / reference->place()).string();
  }
  TRY_ASSIGN(const auto found, SecretReference::parse(place));
  auto key = found.read(reading.environment);
  if (!key) {
    return fields.wrong(key.error().message, key.error().hint);
  }
  if (key->size() > WebhookDefinitionService::longest_key || !is_utf8(key->reveal_text())) {
    return fields.wrong("the key must be text, of 1024 bytes at most");
  }
  return key;
}

// "SIEM of Berlin" is WEBHOOK_KEY_SIEM_OF_BERLIN.
std::string variable_for(std::string_view name) {
  std::string variable = "WEBHOOK_KEY_";
  for (const char c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    variable += lower ? static_cast<char>(c - 'a' + 'A') : kept ? c : '_';
  }
  return variable;
}

}  // namespace

Status WebhookKind::read(DesiredFields& fields, const DesiredReading& reading) {
  Webhook webhook;
  TRY_ASSIGN(webhook.name, fields.take_required_text("name"));
  if (std::ranges::any_of(wanted_,
                          [&](const auto& other) { return other->name == webhook.name; })) {
    return fields.wrong("a webhook '" + webhook.name + "' was there before");
  }
  TRY_ASSIGN(webhook.url, fields.take_required_text("url"));
  if (const Status checked = check_webhook_url(webhook.url); !checked) {
    return fields.wrong(checked.error().message, "write it as https://hook.example.com/path");
  }
  TRY_ASSIGN(webhook.format, fields.take_choice("format", {"nanomdm", "micromdm"}));
  TRY_ASSIGN(webhook.redact, fields.take_bool("redact", false));
  TRY_ASSIGN(webhook.idle, fields.take_bool("idle", true));
  TRY_ASSIGN(const auto reference, fields.take_text("hmac_key"));
  if (reference) {
    TRY_ASSIGN(auto key, read_key(fields, *reference, reading));
    webhook.hmac_key.emplace(std::move(key));
  }
  wanted_.push_back(std::make_shared<const Webhook>(std::move(webhook)));
  return {};
}

Json WebhookKind::body_of(const Webhook& wanted) {
  return {{"name", wanted.name},
          {"url", wanted.url},
          {"format", wanted.format},
          {"redact", wanted.redact},
          {"idle", wanted.idle},
          {"hmac_key", wanted.hmac_key ? std::string(wanted.hmac_key->reveal_text()) : ""}};
}

PlannedStep WebhookKind::step_for(const Webhook& wanted, const Json* present) const {
  PlannedStep step{PlannedStep::Action::leave, std::string(name()), wanted.name};
  if (present == nullptr) {
    step.action = PlannedStep::Action::create;
    return step;
  }
  const auto compare = [&](const char* key, std::string from, std::string to) {
    if (from != to) {
      step.differences.push_back({key, std::move(from), std::move(to)});
      step.action = PlannedStep::Action::change;
    }
  };
  compare("url", text_member(*present, "url"), wanted.url);
  compare("format", text_member(*present, "format"), wanted.format);
  compare("redact", yes_or_no(is_true(*present, "redact")), yes_or_no(wanted.redact));
  compare("idle", yes_or_no(is_true(*present, "idle")), yes_or_no(wanted.idle));
  const std::string check = text_member(*present, "hmac_key_check");
  const std::string wanted_check =
      hmac_key_check(wanted.hmac_key ? &*wanted.hmac_key : nullptr, text_member(*present, "id"));
  if (check != wanted_check) {
    compare("hmac_key", check.empty() ? "none" : "one",
            wanted_check.empty() ? "none"
            : check.empty()      ? "one"
                                 : "another one");
  }
  return step;
}

Result<std::vector<PlannedStep>> WebhookKind::compare(ApiClient& api) {
  TRY_ASSIGN(const Json present, present_webhooks(api));
  std::vector<PlannedStep> steps;
  for (const auto& wanted : wanted_) {
    const auto found = std::ranges::find_if(
        present, [&](const Json& one) { return text_member(one, "name") == wanted->name; });
    PlannedStep step = step_for(*wanted, found == present.end() ? nullptr : &*found);
    if (step.action == PlannedStep::Action::create) {
      step.perform = [wanted](ApiClient& server) -> Status {
        TRY(server.post({webhooks_path}, body_of(*wanted)));
        return {};
      };
    } else if (step.action == PlannedStep::Action::change) {
      step.perform = [wanted, path = path_of(*found)](ApiClient& server) -> Status {
        TRY(server.patch(path, body_of(*wanted)));
        return {};
      };
    }
    steps.push_back(std::move(step));
  }
  for (const Json& one : present) {
    const std::string there = text_member(one, "name");
    if (std::ranges::none_of(wanted_, [&](const auto& wanted) { return wanted->name == there; })) {
      steps.push_back({PlannedStep::Action::remove,
                       std::string(name()),
                       there,
                       {},
                       [path = path_of(one)](ApiClient& server) -> Status {
                         TRY(server.remove(path));
                         return {};
                       }});
    }
  }
  return steps;
}

Result<std::vector<Json>> WebhookKind::write(ApiClient& api) {
  TRY_ASSIGN(const Json present, present_webhooks(api));
  std::vector<Json> objects;
  for (const Json& one : present) {
    Json object = {{"kind", name()},
                   {"name", text_member(one, "name")},
                   {"url", text_member(one, "url")},
                   {"format", text_member(one, "format")},
                   {"redact", is_true(one, "redact")},
                   {"idle", is_true(one, "idle")}};
    if (!text_member(one, "hmac_key_check").empty()) {
      object["hmac_key"] = "env:" + variable_for(text_member(one, "name"));
    }
    objects.push_back(std::move(object));
  }
  return objects;
}

}  // namespace bramley
