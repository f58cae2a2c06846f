#include "server/service/declaration_hook.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/base/turn.h"
#include "core/crypto/digest.h"

namespace bramley {
namespace {

constexpr std::string_view signature_header = "X-Hmac-Signature";
constexpr std::size_t longest_endpoint = 1024;
constexpr std::size_t most_bytes = 4U << 20U;
constexpr std::chrono::seconds longest_wait(10);

std::string signature_of(const SecretBytes& key, const Bytes& body) {
  return encode_base64(hmac_sha256(key.reveal(), body));
}

// The id as a path: its own slashes stay, but no part of it may climb.
Result<std::string> encoded_id(std::string_view id) {
  std::string path;
  for (bool more = true; more;) {
    const std::size_t slash = id.find('/');
    const std::string_view part = id.substr(0, slash);
    if (part.empty() || part == "." || part == "..") {
      return Error{ErrorCode::malformed, "Endpoint: a declaration with no proper id"};
    }
    path.append(path.empty() ? "" : "/").append(encode_percent(part));
    more = slash != std::string_view::npos;
    id = more ? id.substr(slash + 1) : std::string_view();
  }
  return path;
}

// 401 and 403 make devices remove their management (trap 3), and redirects lead elsewhere.
bool may_pass(int status) {
  return status == 200 || (status >= 400 && status < 600 && status != 401 && status != 403);
}

}  // namespace

Result<std::string> declaration_path(std::string_view endpoint) {
  constexpr std::array plain = {std::string_view("tokens"), std::string_view("declaration-items"),
                                std::string_view("status")};
  constexpr std::array kinds = {std::string_view("activation"), std::string_view("asset"),
                                std::string_view("configuration"), std::string_view("management")};
  if (std::find(plain.begin(), plain.end(), endpoint) != plain.end()) {
    return std::string(endpoint);
  }
  constexpr std::string_view root = "declaration/";
  if (endpoint.starts_with(root) && endpoint.size() <= longest_endpoint) {
    const std::string_view rest = endpoint.substr(root.size());
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos &&
        std::find(kinds.begin(), kinds.end(), rest.substr(0, slash)) != kinds.end()) {
      TRY_ASSIGN(const auto id, encoded_id(rest.substr(slash + 1)));
      return std::string(root).append(rest.substr(0, slash + 1)).append(id);
    }
  }
  return Error{ErrorCode::malformed, "Endpoint: none of declarative management's four"};
}

HttpClientOptions DeclarationHook::http_options() {
  HttpClientOptions options;
  options.connect_timeout = longest_wait;
  options.total_timeout = longest_wait;
  options.response_limit = most_bytes;
  return options;
}

DeclarationHook::DeclarationHook(Options options, std::unique_ptr<HttpClient> http)
    : options_(std::move(options)), http_(std::move(http)) {
  if (!options_.base_url.ends_with('/')) {
    options_.base_url.push_back('/');
  }
}

Result<DeclarationAnswer> DeclarationHook::answer(const EnrollmentId& enrollment,
                                                  const DeclarativeManagement& question) {
  TRY_ASSIGN(const auto path, declaration_path(question.endpoint));
  const Turn turn(free_);
  if (!turn.is_mine()) {
    return Error{ErrorCode::unavailable, "ask the declarative management hook: it is busy"};
  }
  auto response = http_->send(request_for(enrollment, path, question.data));
  if (!response) {
    // Whatever it was, the device can only come again.
    return Error{ErrorCode::unavailable,
                 "ask the declarative management hook: " + response.error().message};
  }
  TRY(check_signature(*response));
  if (!may_pass(response->status)) {
    return Error{ErrorCode::unavailable, "ask the declarative management hook: it answered " +
                                             std::to_string(response->status) +
                                             ", which devices are not told"};
  }
  const auto type = response->headers.find("Content-Type");
  return DeclarationAnswer{response->status, std::string(type.value_or("")),
                           std::move(response->body)};
}

HttpRequest DeclarationHook::request_for(const EnrollmentId& enrollment, std::string_view path,
                                         const Bytes& data) const {
  HttpRequest request;
  request.method = data.empty() ? "GET" : "PUT";
  request.target = options_.base_url + std::string(path);
  request.headers.add("X-Enrollment-ID", enrollment.value());
  request.headers.add("X-Enrollment-Type", std::string(enrollment_type_name(enrollment.type())));
  if (!enrollment.is_device_channel()) {
    request.headers.add("X-Enrollment-ParentID", enrollment.device_value());
  }
  if (!data.empty()) {
    request.headers.add("Content-Type", "application/json");
  }
  if (options_.send_key) {
    request.headers.add(std::string(signature_header), signature_of(*options_.send_key, data));
  }
  request.body = data;
  return request;
}

Status DeclarationHook::check_signature(const HttpResponse& response) const {
  if (!options_.receive_key) {
    return {};
  }
  const auto right = signature_of(*options_.receive_key, response.body);
  const auto given = response.headers.find(signature_header).value_or("");
  if (!equal_constant_time(as_bytes(right), as_bytes(given))) {
    return Error{ErrorCode::unavailable,
                 "ask the declarative management hook: its answer is not signed with our key"};
  }
  return {};
}

}  // namespace bramley
