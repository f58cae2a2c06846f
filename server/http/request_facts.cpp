#include "server/http/request_facts.h"

#include <array>

namespace bramley {
namespace {

constexpr std::array<std::string_view, request_endpoints> endpoint_names = {
    "mdm", "scep", "enroll", "api", "nanomdm", "health", "other", "authproxy"};

constexpr std::array<std::string_view, request_messages> message_names = {"none",
                                                                          "Authenticate",
                                                                          "TokenUpdate",
                                                                          "CheckOut",
                                                                          "UserAuthenticate",
                                                                          "SetBootstrapToken",
                                                                          "GetBootstrapToken",
                                                                          "DeclarativeManagement",
                                                                          "GetToken",
                                                                          "Idle",
                                                                          "NotNow",
                                                                          "Acknowledged",
                                                                          "Error",
                                                                          "CommandFormatError",
                                                                          "other_status",
                                                                          "GetCACaps",
                                                                          "GetCACert",
                                                                          "PKIOperation",
                                                                          "other"};

// The order of CheckinMessage::body.
constexpr std::array checkins = {RequestMessage::authenticate,
                                 RequestMessage::token_update,
                                 RequestMessage::check_out,
                                 RequestMessage::user_authenticate,
                                 RequestMessage::set_bootstrap_token,
                                 RequestMessage::get_bootstrap_token,
                                 RequestMessage::declarative_management,
                                 RequestMessage::get_token};
static_assert(checkins.size() == std::variant_size_v<decltype(CheckinMessage::body)>);

}  // namespace

std::string_view endpoint_name(RequestEndpoint endpoint) {
  return endpoint_names.at(static_cast<std::size_t>(endpoint));
}

std::string_view message_name(RequestMessage message) {
  return message_names.at(static_cast<std::size_t>(message));
}

RequestMessage message_of(const CheckinMessage& checkin) {
  return checkins.at(checkin.body.index());
}

RequestMessage message_of(ReportStatus status) {
  switch (status) {
    case ReportStatus::idle:
      return RequestMessage::idle;
    case ReportStatus::not_now:
      return RequestMessage::not_now;
    case ReportStatus::acknowledged:
      return RequestMessage::acknowledged;
    case ReportStatus::error:
      return RequestMessage::error;
    case ReportStatus::command_format_error:
      return RequestMessage::command_format_error;
    case ReportStatus::other:
      return RequestMessage::other_status;
  }
  return RequestMessage::other_status;
}

RequestMessage scep_message_of(std::string_view operation) {
  for (const RequestMessage known :
       {RequestMessage::pki_operation, RequestMessage::get_ca_caps, RequestMessage::get_ca_cert}) {
    if (operation == message_name(known)) {
      return known;
    }
  }
  return operation.empty() ? RequestMessage::none : RequestMessage::other;
}

}  // namespace bramley
