#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/mdm/checkin_message.h"
#include "core/mdm/command.h"

namespace bramley {

// Which family of paths a request went to. `other`: all that the server does not know.
enum class RequestEndpoint : std::uint8_t {
  mdm,
  scep,
  enroll,
  api,
  nanomdm,
  health,
  other,
  auth_proxy
};
constexpr std::size_t request_endpoints = 8;
std::string_view endpoint_name(RequestEndpoint endpoint);  // "mdm", …

// What a request said. Fixed, whatever strangers send: what is not known is `other`, and what was
// not read or says nothing of the kind is `none`.
enum class RequestMessage : std::uint8_t {
  none,
  authenticate,
  token_update,
  check_out,
  user_authenticate,
  set_bootstrap_token,
  get_bootstrap_token,
  declarative_management,
  get_token,
  idle,
  not_now,
  acknowledged,
  error,
  command_format_error,
  other_status,
  get_ca_caps,
  get_ca_cert,
  pki_operation,
  other
};
constexpr std::size_t request_messages = 19;
// As the protocols write it: "Authenticate", "Idle", "PKIOperation", …; "none", "other".
std::string_view message_name(RequestMessage message);
RequestMessage message_of(const CheckinMessage& checkin);
RequestMessage message_of(ReportStatus status);
// From the `operation` of a SCEP request.
RequestMessage scep_message_of(std::string_view operation);

// What became known of a request on its way: for its line in the log, and for what is counted.
struct RequestFacts {
  RequestEndpoint endpoint = RequestEndpoint::other;
  RequestMessage message = RequestMessage::none;
  // Whose it says it is, where the sender has a certificate that we trust; else empty. A refused
  // one may name another's.
  std::string enrollment = {};
  // Why a device was refused.
  std::optional<ErrorCode> refusal = {};
};

}  // namespace bramley
