#include "core/mdm/checkin_message.h"

#include <array>

#include "core/mdm/auth_token_field.h"
#include "core/plist/plist_document.h"
#include "core/plist/plist_fields.h"

namespace bramley {
namespace {

using Body = decltype(CheckinMessage::body);

Result<Body> parse_authenticate(const PlistDictionary& message) {
  Authenticate body;
  TRY_ASSIGN(body.topic, string_field(message, "Topic"));
  TRY_ASSIGN(body.serial_number, string_field(message, "SerialNumber"));
  TRY_ASSIGN(body.device_name, string_field(message, "DeviceName"));
  TRY_ASSIGN(body.model, string_field(message, "Model"));
  TRY_ASSIGN(body.model_name, string_field(message, "ModelName"));
  TRY_ASSIGN(body.product_name, string_field(message, "ProductName"));
  TRY_ASSIGN(body.os_version, string_field(message, "OSVersion"));
  TRY_ASSIGN(body.build_version, string_field(message, "BuildVersion"));
  return Body(std::move(body));
}

Result<std::optional<SecretBytes>> secret_field(const PlistDictionary& message,
                                                std::string_view key) {
  TRY_ASSIGN(auto bytes, data_field(message, key));
  if (bytes.empty()) {
    return std::optional<SecretBytes>();
  }
  return std::optional<SecretBytes>(SecretBytes(std::move(bytes)));
}

Result<Body> parse_token_update(const PlistDictionary& message) {
  TokenUpdate body;
  TRY_ASSIGN(body.topic, string_field(message, "Topic"));
  TRY_ASSIGN(body.push_magic, string_field(message, "PushMagic"));
  TRY_ASSIGN(body.token, data_field(message, "Token"));
  if (body.token.empty()) {
    return Error{ErrorCode::malformed, "Token: missing"};
  }
  TRY_ASSIGN(body.unlock_token, secret_field(message, "UnlockToken"));
  TRY_ASSIGN(body.awaiting_configuration, boolean_field(message, "AwaitingConfiguration"));
  TRY_ASSIGN(body.user_short_name, string_field(message, "UserShortName"));
  TRY_ASSIGN(body.user_long_name, string_field(message, "UserLongName"));
  return Body(std::move(body));
}

Result<Body> parse_check_out(const PlistDictionary&) {
  return Body(CheckOut{});
}

Result<Body> parse_user_authenticate(const PlistDictionary& message) {
  TRY_ASSIGN(auto response, string_field(message, "DigestResponse"));
  return Body(UserAuthenticate{std::move(response)});
}

Result<Body> parse_set_bootstrap_token(const PlistDictionary& message) {
  TRY_ASSIGN(auto token, secret_field(message, "BootstrapToken"));
  return Body(SetBootstrapToken{std::move(token)});
}

Result<Body> parse_get_bootstrap_token(const PlistDictionary&) {
  return Body(GetBootstrapToken{});
}

Result<Body> parse_declarative_management(const PlistDictionary& message) {
  TRY_ASSIGN(auto endpoint, string_field(message, "Endpoint"));
  TRY_ASSIGN(auto data, data_field(message, "Data"));
  if (endpoint.empty()) {
    return Error{ErrorCode::malformed, "Endpoint: missing"};
  }
  return Body(DeclarativeManagement{std::move(endpoint), std::move(data)});
}

Result<Body> parse_get_token(const PlistDictionary& message) {
  TRY_ASSIGN(auto service, string_field(message, "TokenServiceType"));
  if (service.empty()) {
    return Error{ErrorCode::malformed, "TokenServiceType: missing"};
  }
  return Body(GetToken{std::move(service)});
}

// In the order of the variant, so that a body's index finds its name.
struct MessageType {
  std::string_view name;
  Result<Body> (*parse)(const PlistDictionary&);
};
constexpr std::array<MessageType, std::variant_size_v<Body>> message_types = {
    {{"Authenticate", parse_authenticate},
     {"TokenUpdate", parse_token_update},
     {"CheckOut", parse_check_out},
     {"UserAuthenticate", parse_user_authenticate},
     {"SetBootstrapToken", parse_set_bootstrap_token},
     {"GetBootstrapToken", parse_get_bootstrap_token},
     {"DeclarativeManagement", parse_declarative_management},
     {"GetToken", parse_get_token}}};

Result<Body> parse_body(const PlistDictionary& message) {
  TRY_ASSIGN(const auto name, string_field(message, "MessageType"));
  for (const MessageType& type : message_types) {
    if (type.name == name) {
      auto body = type.parse(message);
      return body ? std::move(body) : std::move(body).error().while_doing(name);
    }
  }
  return Error{ErrorCode::malformed, name.empty() ? "MessageType: missing"
                                                  : "MessageType: unknown: " + name.substr(0, 64)};
}

}  // namespace

std::string_view CheckinMessage::type_name() const {
  return message_types[body.index()].name;
}

Result<CheckinMessage> parse_checkin(ByteView document) {
  constexpr std::string_view doing = "parse check-in";
  auto message = parse_plist_dictionary(document);
  if (!message) {
    return std::move(message).error().while_doing(doing);
  }
  auto body = parse_body(*message);
  if (!body) {
    return std::move(body).error().while_doing(doing);
  }
  auto enrollment = EnrollmentId::from_plist(*message);
  if (!enrollment) {
    return std::move(enrollment).error().while_doing(doing);
  }
  auto auth_token = auth_token_field(*message);
  if (!auth_token) {
    return std::move(auth_token).error().while_doing(doing);
  }
  return CheckinMessage{*std::move(enrollment), *std::move(body), *auth_token, to_bytes(document)};
}

}  // namespace bramley
