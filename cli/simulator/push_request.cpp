#include "cli/simulator/push_request.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace bramley {
namespace {

constexpr std::string_view device_path = "/3/device/";
constexpr std::size_t token_limit = 100;  // bytes, as Apple warns not to count on their number

std::string_view header(const PushRequest& request, std::string_view name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string_view() : std::string_view(found->second);
}

// APNs wants small letters; Apple answers BadDeviceToken to others.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() % 2 == 0 && text.size() <= 2 * token_limit &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc() && stop == end && number >= 0 ? std::optional(number)
                                                              : std::nullopt;
}

// The MDM payload has one key and no other: {"mdm": PushMagic}.
std::optional<std::string> magic_in(const std::string& body) {
  const auto payload = nlohmann::json::parse(body, nullptr, false);
  if (!payload.is_object() || payload.size() != 1 || !payload.contains("mdm") ||
      !payload["mdm"].is_string()) {
    return std::nullopt;
  }
  return payload["mdm"].get<std::string>();
}

// What is wrong with the headers; nothing: they are right.
std::optional<PushAnswer> judge_headers(const PushRequest& request,
                                        std::string_view certificate_topic) {
  const std::string_view priority = header(request, "apns-priority");
  const std::string_view expiration = header(request, "apns-expiration");
  const std::string_view topic = header(request, "apns-topic");
  if (header(request, ":method") != "POST") {
    return PushAnswer{405, "MethodNotAllowed"};
  }
  if (!header(request, ":path").starts_with(device_path)) {
    return PushAnswer{404, "BadPath"};
  }
  if (header(request, "apns-push-type") != "mdm") {
    return PushAnswer{400, "InvalidPushType"};
  }
  if (!priority.empty() && priority != "10" && priority != "5") {
    return PushAnswer{400, "BadPriority"};
  }
  if (!expiration.empty() && !whole_number(expiration)) {
    return PushAnswer{400, "BadExpirationDate"};
  }
  if (topic.empty()) {
    return PushAnswer{400, "MissingTopic"};
  }
  if (topic != certificate_topic) {
    return PushAnswer{400, "TopicDisallowed"};
  }
  return std::nullopt;
}

}  // namespace

std::string PushAnswer::body() const {
  if (status == 200) {
    return {};
  }
  nlohmann::json body = {{"reason", reason}};
  if (since) {
    body["timestamp"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(since->time_since_epoch()).count();
  }
  return body.dump();
}

std::variant<PushNotification, PushAnswer> read_push_request(const PushRequest& request,
                                                             std::string_view certificate_topic) {
  if (auto refused = judge_headers(request, certificate_topic)) {
    return *std::move(refused);
  }
  const std::string_view token = header(request, ":path").substr(device_path.size());
  if (!is_token(token)) {
    return PushAnswer{400, "BadDeviceToken"};
  }
  if (request.body.empty()) {
    return PushAnswer{400, "PayloadEmpty"};
  }
  if (request.body.size() > push_body_limit) {
    return PushAnswer{413, "PayloadTooLarge"};
  }
  auto magic = magic_in(request.body);
  if (!magic) {
    return PushAnswer{400, "PayloadEmpty"};
  }
  const auto expiration = whole_number(header(request, "apns-expiration")).value_or(0);
  return PushNotification{std::string(token), std::string(header(request, "apns-topic")),
                          *std::move(magic), Timestamp(std::chrono::seconds(expiration))};
}

}  // namespace bramley
