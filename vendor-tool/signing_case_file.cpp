#include "vendor-tool/signing_case_file.h"

#include <array>
#include <nlohmann/json.hpp>

#include "core/crypto/digest.h"

namespace bramley {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array states = {SigningState::waiting, SigningState::approved, SigningState::denied,
                               SigningState::signed_request, SigningState::failed};

Error damaged() {
  return {ErrorCode::malformed, "not the file of a signing request"};
}

Result<SigningState> state_of(std::string_view name) {
  for (const SigningState state : states) {
    if (signing_state_name(state) == name) {
      return state;
    }
  }
  return damaged();
}

std::string text(const Json& document, const char* name) {
  const auto found = document.find(name);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Bytes bytes_of(const Json& document, int indent) {
  return to_bytes(
      std::string_view(document.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n"));
}

}  // namespace

std::string_view signing_state_name(SigningState state) {
  switch (state) {
    case SigningState::waiting:
      return "waiting";
    case SigningState::approved:
      return "approved";
    case SigningState::denied:
      return "denied";
    case SigningState::signed_request:
      return "signed";
    case SigningState::failed:
      return "failed";
  }
  return {};
}

Bytes write_case(const SigningCase& subject) {
  constexpr int indent = 2;
  return bytes_of({{"id", subject.id},
                   {"received_at", format_rfc3339(subject.received_at)},
                   {"customer", subject.customer},
                   {"email", subject.email},
                   {"state", signing_state_name(subject.state)},
                   {"decided_by", subject.decided_by},
                   {"decided_at", subject.decided_at ? format_rfc3339(*subject.decided_at) : ""},
                   {"reason", subject.reason},
                   {"file", subject.file},
                   {"delivery", subject.delivery},
                   {"csr", subject.csr},
                   {"encrypt", subject.encrypt}},
                  indent);
}

Result<SigningCase> read_case(ByteView json) {
  const Json document = Json::parse(json.begin(), json.end(), nullptr, false);
  if (!document.is_object()) {
    return damaged();
  }
  SigningCase subject;
  subject.id = text(document, "id");
  subject.customer = text(document, "customer");
  subject.email = text(document, "email");
  subject.decided_by = text(document, "decided_by");
  subject.reason = text(document, "reason");
  subject.file = text(document, "file");
  subject.delivery = text(document, "delivery");
  subject.csr = text(document, "csr");
  subject.encrypt = text(document, "encrypt");
  TRY_ASSIGN(subject.state, state_of(text(document, "state")));
  TRY_ASSIGN(subject.received_at, parse_rfc3339(text(document, "received_at")));
  if (const std::string decided = text(document, "decided_at"); !decided.empty()) {
    TRY_ASSIGN(subject.decided_at, parse_rfc3339(decided));
  }
  if (subject.id.empty() || subject.csr.empty() || subject.encrypt.empty()) {
    return damaged();
  }
  return subject;
}

Bytes write_audit_line(const SigningCase& subject, std::string_view event, Timestamp now,
                       std::string_view remote) {
  Json line = {{"time", format_rfc3339(now)},
               {"event", event},
               {"id", subject.id},
               {"customer", subject.customer},
               {"email", subject.email},
               {"csr_sha256", sha256(as_bytes(subject.csr)).hex()},
               {"by", subject.decided_by},
               {"reason", subject.reason}};
  if (!subject.file.empty()) {
    line["file"] = subject.file;
  }
  if (!subject.delivery.empty()) {
    line["delivery"] = subject.delivery;
  }
  if (!remote.empty()) {
    line["remote"] = remote;
  }
  return bytes_of(line, -1);
}

}  // namespace bramley
