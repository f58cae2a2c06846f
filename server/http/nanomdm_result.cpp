#include "server/http/nanomdm_result.h"

#include <algorithm>

#include "server/http/nanomdm_json.h"

namespace bramley {
namespace {

void put(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) {
    object[name] = text;
  }
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Go's encoder writes these characters as escapes. In JSON they can stand inside strings only, so
// replacing them in the whole text is safe.
void escape_as_go(std::string& text) {
  replace_all(text, "&", "\\u0026");
  replace_all(text, "<", "\\u003c");
  replace_all(text, ">", "\\u003e");
  replace_all(text, "\xE2\x80\xA8", "\\u2028");
  replace_all(text, "\xE2\x80\xA9", "\\u2029");
}

}  // namespace

Bytes nanomdm_json(const Json& document) {
  std::string text = document.dump(1, '\t', false, Json::error_handler_t::replace);
  escape_as_go(text);
  text.push_back('\n');
  return to_bytes(std::string_view(text));
}

void NanoMdmResult::add(std::span<const PushOutcome> outcomes) {
  for (const PushOutcome& outcome : outcomes) {
    Enrollment& enrollment = status[outcome.enrollment_id];
    if (outcome.notification_id) {
      enrollment.push_result = *outcome.notification_id;
    } else {
      enrollment.push_error = outcome.notification_id.error().message;
    }
  }
}

void NanoMdmResult::add(std::span<const CommandQueue::Refusal> refusals) {
  for (const CommandQueue::Refusal& refusal : refusals) {
    status[refusal.enrollment_id].command_error = refusal.error.message;
  }
}

int NanoMdmResult::http_status() const {
  if (!push_error.empty() || !command_error.empty()) {
    return 500;
  }
  const auto failures = static_cast<std::size_t>(std::count_if(
      status.begin(), status.end(), [](const auto& entry) { return entry.second.failed(); }));
  if (failures == 0) {
    return 200;
  }
  return failures >= targets ? 500 : 207;
}

Bytes NanoMdmResult::body() const {
  Json document = Json::object();
  if (!status.empty()) {
    Json enrollments = Json::object();
    for (const auto& [id, enrollment] : status) {
      Json entry = Json::object();
      put(entry, "push_error", enrollment.push_error);
      put(entry, "push_result", enrollment.push_result);
      put(entry, "command_error", enrollment.command_error);
      // Appended without a search: 100,000 ids are possible, and the map's keys are unique.
      enrollments.get_ref<Json::object_t&>().emplace_back(id, std::move(entry));
    }
    document["status"] = std::move(enrollments);
  }
  if (no_push) {
    document["no_push"] = true;
  }
  put(document, "push_error", push_error);
  put(document, "command_error", command_error);
  put(document, "command_uuid", command_uuid);
  put(document, "request_type", request_type);
  return nanomdm_json(document);
}

HttpResponse NanoMdmResult::response() const {
  HttpResponse response;
  response.status = http_status();
  response.headers.set("Content-Type", "application/json");
  response.body = body();
  return response;
}

}  // namespace bramley
