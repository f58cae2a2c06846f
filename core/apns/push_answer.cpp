#include "core/apns/push_answer.h"

#include <nlohmann/json.hpp>

namespace bramley {
namespace {

using Kind = PushAnswer::Kind;
using Fault = BatchAnswer::Fault;

// {"reason":"Unregistered","timestamp":1700000000000} and not much more.
constexpr std::size_t largest_body = 4U << 10U;
constexpr std::size_t longest_reason = 64;
constexpr std::size_t longest_id = 64;
// Apple counts milliseconds; in seconds a number as large would be a year after 5000.
constexpr std::int64_t least_milliseconds = 100'000'000'000;

struct Refusal {
  std::string reason;
  std::optional<Timestamp> timestamp;
};

// Printable ASCII only: it goes into logs and answers.
std::string plain(std::string_view text, std::size_t most) {
  std::string result;
  for (const char c : text.substr(0, most)) {
    result.push_back(c >= ' ' && c <= '~' ? c : '?');
  }
  return result;
}

Refusal read_refusal(ByteView body) {
  Refusal refusal;
  if (body.size() > largest_body) {
    return refusal;
  }
  const auto json = nlohmann::json::parse(body.begin(), body.end(), nullptr, false);
  if (!json.is_object()) {
    return refusal;
  }
  if (const auto reason = json.find("reason"); reason != json.end() && reason->is_string()) {
    refusal.reason = plain(reason->get_ref<const std::string&>(), longest_reason);
  }
  const auto time = json.find("timestamp");
  if (time != json.end() && time->is_number_integer()) {
    const auto number = time->get<std::int64_t>();
    const auto seconds = number >= least_milliseconds ? number / 1000 : number;
    refusal.timestamp = Timestamp(std::chrono::seconds(seconds));
  }
  return refusal;
}

Kind kind_of(int status, std::string_view reason) {
  if (status == 410) {
    return Kind::unregistered;
  }
  if (status == 429) {
    return Kind::too_many;
  }
  if (status >= 500) {
    return Kind::server_trouble;
  }
  if (reason == "BadDeviceToken" || reason == "DeviceTokenNotForTopic" ||
      reason == "MissingDeviceToken") {
    return Kind::bad_token;
  }
  const bool of_certificate = status == 403 || reason == "TopicDisallowed" ||
                              reason == "BadTopic" || reason == "MissingTopic" ||
                              reason.starts_with("BadCertificate");
  return of_certificate ? Kind::certificate : Kind::refused;
}

PushAnswer read_response(const HttpResponse& response) {
  PushAnswer answer;
  if (response.status == 200) {
    answer.kind = Kind::sent;
    answer.notification_id = plain(response.headers.find("apns-id").value_or(""), longest_id);
    return answer;
  }
  const Refusal refusal = read_refusal(response.body);
  answer.kind = kind_of(response.status, refusal.reason);
  answer.problem = "push HTTP status: " + std::to_string(response.status);
  if (!refusal.reason.empty()) {
    answer.problem += ": APNs push error: " + refusal.reason;
  }
  if (answer.kind == Kind::unregistered && refusal.timestamp) {
    answer.unregistered_at = refusal.timestamp;
    answer.problem += ", as of " + format_rfc3339(*refusal.timestamp);
  }
  return answer;
}

Kind kind_of(Fault fault, ErrorCode code) {
  switch (fault) {
    case Fault::none:
    case Fault::impossible:
      return Kind::refused;
    case Fault::no_connection:
      break;
    case Fault::connection_lost:
      return Kind::connection_lost;
    case Fault::late:
      return Kind::late;
  }
  // A pair that TLS cannot use is malformed; a refusal of it, or a server that is not Apple,
  // unauthenticated.
  return code == ErrorCode::malformed || code == ErrorCode::unauthenticated ? Kind::certificate
                                                                            : Kind::no_connection;
}

}  // namespace

std::string_view push_answer_name(PushAnswer::Kind kind) {
  switch (kind) {
    case Kind::sent:
      return "sent";
    case Kind::unregistered:
      return "unregistered";
    case Kind::bad_token:
      return "bad_token";
    case Kind::too_many:
      return "too_many";
    case Kind::certificate:
      return "certificate";
    case Kind::refused:
      return "refused";
    case Kind::server_trouble:
      return "server_trouble";
    case Kind::no_connection:
      return "no_connection";
    case Kind::connection_lost:
      return "connection_lost";
    case Kind::late:
      return "late";
  }
  return "refused";
}

PushAnswer read_push_answer(const BatchAnswer& answer) {
  if (answer.response) {
    return read_response(*answer.response);
  }
  const Error& error = answer.response.error();
  return {.kind = error.code == ErrorCode::unauthenticated ? Kind::certificate
                                                           : kind_of(answer.fault, error.code),
          .problem = error.message};
}

}  // namespace bramley
