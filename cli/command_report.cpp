#include "cli/command_report.h"

#include <nlohmann/json.hpp>

#include "cli/terminal_text.h"

namespace bramley {
namespace {

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

// Why there is no answer to show; empty where there is one.
std::string state_sentence(const std::string& state) {
  if (state == "pending") {
    return "The device has not answered yet.";
  }
  if (state == "not_now") {
    return "The device is busy (NotNow); it will be asked again.";
  }
  if (state == "stuck") {
    return "The device was given it many times and never answered; it waits behind all others.";
  }
  if (state == "cleared") {
    return "Taken out of the queue before the device answered.";
  }
  if (state == "expired") {
    return "Its time was over before the device answered.";
  }
  if (state == "cancelled") {
    return "Taken back before the device answered.";
  }
  return {};
}

std::string_view failure_of(const std::string& state) {
  if (state == "error") {
    return "The device could not do it";
  }
  return state == "command_format_error" ? "The device does not understand the command" : "";
}

std::string body_text(const Json& result, LineWidth width, Secrets secrets) {
  const std::string state = text_member(result, "state");
  if (const std::string sentence = state_sentence(state); !sentence.empty()) {
    return sentence + "\n";
  }
  if (is_left_out(result)) {
    return "The device answered with " + std::to_string(integer_member(result, "report_size")) +
           " bytes: 'bramley command results " + text_member(result, "command_uuid") +
           " --device " + text_member(result, "enrollment_id") + "' fetches them.\n";
  }
  std::string text;
  if (const std::string_view failure = failure_of(state); !failure.empty()) {
    text = error_sentences(result, std::string(failure));
  }
  const Json answer = answer_for_people(result, secrets);
  if (!answer.empty()) {
    text += answer_outline(answer, width);
  } else if (state == "acknowledged") {
    text += "Done; the device has nothing to add.\n";
  }
  return text;
}

}  // namespace

std::string command_report_text(const Json& result, LineWidth width, Secrets secrets) {
  Json head = Json::object();
  head["device"] = any_member(result, "enrollment_id");
  head["command"] = any_member(result, "request_type");
  head["state"] = text_member(result, "state") == "other" ? any_member(result, "status")
                                                          : any_member(result, "state");
  const Json reported = any_member(result, "reported_at");
  head[reported.is_null() ? "queued" : "answered"] =
      reported.is_null() ? any_member(result, "queued_at") : reported;
  return outline(head, width) + "\n" + body_text(result, width, secrets);
}

std::string command_result_gist(const Json& result) {
  const std::string state = text_member(result, "state");
  if (state == "acknowledged") {
    return "Done.";
  }
  if (std::string sentence = state_sentence(state); !sentence.empty()) {
    return sentence;
  }
  const std::string_view failure = failure_of(state);
  if (failure.empty()) {
    return escape_for_terminal("The device answered " + text_member(result, "status") + ".");
  }
  std::string gist(failure);
  const Json chain = array_member(result, "error_chain");
  gist += chain.empty() ? " without saying why." : ":";
  for (const Json& error : chain) {
    gist += " " + error_sentence(error);
  }
  return gist;
}

bool is_settled(const Json& result) {
  const std::string state = text_member(result, "state");
  return state != "pending" && state != "not_now" && state != "stuck";
}

bool is_acknowledged(const Json& result) {
  return text_member(result, "state") == "acknowledged";
}

}  // namespace bramley
