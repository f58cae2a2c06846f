#include "cli/command_report.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/terminal_text.h"

namespace bramley {
namespace {

// The envelope of a report: it is above the answer already, or says nothing to people.
constexpr std::array<std::string_view, 11> envelope_keys = {
    "CommandUUID",  "EnrollmentID", "EnrollmentUserID", "ErrorChain",
    "NotOnConsole", "RequestType",  "Status",           "UDID",
    "UserID",       "UserLongName", "UserShortName"};

Json answer_of(const Json& report) {
  if (!report.is_object()) {
    return Json::object();
  }
  Json answer = Json::object();
  for (const auto& [key, value] : report.items()) {
    if (std::find(envelope_keys.begin(), envelope_keys.end(), key) == envelope_keys.end()) {
      answer[key] = value;
    }
  }
  // DeviceInformation: the questions are the names, one level down.
  if (answer.size() == 1 && answer.contains("QueryResponses") &&
      answer["QueryResponses"].is_object()) {
    return answer["QueryResponses"];
  }
  return answer;
}

std::string error_sentence(const Json& error) {
  const std::string description = text_member(error, "description");
  const std::string domain = text_member(error, "domain");
  std::string sentence = description.empty() ? "No description" : description;
  if (sentence.back() != '.' && sentence.back() != '!' && sentence.back() != '?') {
    sentence += ".";
  }
  return escape_for_terminal(sentence + " (" + (domain.empty() ? "error" : domain) + " " +
                             std::to_string(integer_member(error, "code")) + ")");
}

std::string error_sentences(const Json& result, const std::string& beginning) {
  const Json chain = array_member(result, "error_chain");
  if (chain.empty()) {
    return beginning + " without saying why.\n";
  }
  std::string text = beginning + ":\n";
  for (const Json& error : chain) {
    text += "  " + error_sentence(error) + "\n";
  }
  return text;
}

// A report too large for a list.
bool is_left_out(const Json& result) {
  return any_member(result, "report").is_null() && integer_member(result, "report_size") > 0 &&
         any_member(result, "report_plist").is_null();
}

std::string body_text(const Json& result, LineWidth width) {
  const std::string state = text_member(result, "state");
  if (state == "pending") {
    return "The device has not answered yet.\n";
  }
  if (state == "not_now") {
    return "The device is busy (NotNow); it will be asked again.\n";
  }
  if (state == "stuck") {
    return "The device was given it many times and never answered; it waits behind all others.\n";
  }
  if (state == "cleared") {
    return "Taken out of the queue before the device answered.\n";
  }
  if (state == "expired") {
    return "Its time was over before the device answered.\n";
  }
  if (state == "cancelled") {
    return "Taken back before the device answered.\n";
  }
  if (is_left_out(result)) {
    return "The device answered with " + std::to_string(integer_member(result, "report_size")) +
           " bytes: 'bramley command results " + text_member(result, "command_uuid") +
           " --device " + text_member(result, "enrollment_id") + "' fetches them.\n";
  }
  std::string text;
  if (state == "error") {
    text = error_sentences(result, "The device could not do it");
  } else if (state == "command_format_error") {
    text = error_sentences(result, "The device does not understand the command");
  }
  const Json answer = answer_of(any_member(result, "report"));
  if (!answer.empty()) {
    text += outline(answer, width);
  } else if (state == "acknowledged") {
    text += "Done; the device has nothing to add.\n";
  }
  return text;
}

}  // namespace

std::string command_report_text(const Json& result, LineWidth width) {
  Json head = Json::object();
  head["device"] = any_member(result, "enrollment_id");
  head["command"] = any_member(result, "request_type");
  head["state"] = text_member(result, "state") == "other" ? any_member(result, "status")
                                                          : any_member(result, "state");
  const Json reported = any_member(result, "reported_at");
  head[reported.is_null() ? "queued" : "answered"] =
      reported.is_null() ? any_member(result, "queued_at") : reported;
  return outline(head, width) + "\n" + body_text(result, width);
}

bool is_settled(const Json& result) {
  const std::string state = text_member(result, "state");
  return state != "pending" && state != "not_now" && state != "stuck";
}

bool is_acknowledged(const Json& result) {
  return text_member(result, "state") == "acknowledged";
}

}  // namespace bramley
