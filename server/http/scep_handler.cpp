#include "server/http/scep_handler.h"

#include "core/base/encoding.h"
#include "server/http/limits.h"

namespace bramley {
namespace {

// One a line and nothing else: Apple compares each exactly, and wants a SHA-* among them (scep-dep
// trap 11). What is not advertised is understood all the same (AES-256, SHA-384).
constexpr std::string_view capabilities =
    "POSTPKIOperation\nSHA-256\nSHA-512\nAES\nDES3\nRenewal\nSCEPStandard\nSHA-1";

bool is_scep_path(std::string_view path) {
  return path == "/scep" || path == "/scep/" || path == "/scep/pkiclient.exe";
}

// The types are compared for equality by Apple: no parameters (scep-dep §A.9).
HttpResponse content(std::string_view type, Bytes body) {
  HttpResponse response;
  response.headers.add("Content-Type", std::string(type));
  response.body = std::move(body);
  return response;
}

HttpResponse failure(int status) {
  HttpResponse response;
  response.status = status;
  return response;
}

// A CertRep could not be made, so HTTP says what is left to say.
int status_for_scep(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
    case ErrorCode::unauthenticated:
    case ErrorCode::forbidden:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::unsupported:
      return 400;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

}  // namespace

Result<Bytes> decode_pki_message_query(std::string_view raw_query) {
  constexpr std::string_view name = "message=";
  while (!raw_query.empty()) {
    const std::string_view parameter = raw_query.substr(0, raw_query.find('&'));
    raw_query.remove_prefix(std::min(parameter.size() + 1, raw_query.size()));
    if (parameter.substr(0, name.size()) != name) {
      continue;
    }
    TRY_ASSIGN(const std::string text, decode_percent(parameter.substr(name.size())));
    return decode_base64_lenient(text);
  }
  return Error{ErrorCode::malformed, "no message in the query"};
}

std::uint64_t ScepHandler::body_limit(const HttpRequest& head) {
  return head.method == "POST" && is_scep_path(head.raw_path()) ? limits::scep_body : 0;
}

HttpResponse ScepHandler::answer_revocation_list(const HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = failure(405);
    response.headers.add("Allow", "GET, HEAD");
    return response;
  }
  auto list = service_.revocation_list();
  if (!list) {
    log_.error("revocation list not made", {{"cause", list.error().message}});
    return failure(status_for_scep(list.error().code));
  }
  return content("application/pkix-crl", *std::move(list));
}

HttpResponse ScepHandler::handle(const HttpRequest& request) {
  if (request.raw_path() == "/scep/crl") {
    return answer_revocation_list(request);
  }
  if (!is_scep_path(request.raw_path())) {
    return failure(404);
  }
  if (request.method != "GET" && request.method != "POST") {
    HttpResponse response = failure(405);
    response.headers.add("Allow", "GET, POST");
    return response;
  }
  return answer_operation(request.query("operation").value_or(""), request);
}

HttpResponse ScepHandler::answer_operation(std::string_view operation, const HttpRequest& request) {
  if (operation == "PKIOperation") {
    return answer_pki_operation(request);
  }
  if (operation == "GetCACaps") {
    return content("text/plain", to_bytes(capabilities));
  }
  // Whatever the message parameter names: there is one CA.
  if (operation == "GetCACert") {
    return content("application/x-x509-ca-cert", service_.authority_certificate().der());
  }
  return failure(operation == "GetNextCACert" ? 501 : 400);
}

HttpResponse ScepHandler::answer_pki_operation(const HttpRequest& request) {
  const auto trace = request.headers.find("X-Trace-Id");
  const ScepCaller caller{std::string(trace.value_or("")), request.peer.address};
  Result<Bytes> message = request.method == "POST" ? Result<Bytes>(request.body)
                                                   : decode_pki_message_query(request.raw_query());
  if (!message) {
    log_.refusal(
        LogLevel::info, "SCEP message not readable", caller.peer,
        {{"cause", message.error().message}, {"trace_id", caller.trace_id}, {"peer", caller.peer}});
    return failure(400);
  }
  auto reply = service_.answer(*message, caller);
  if (!reply) {
    return failure(status_for_scep(reply.error().code));
  }
  return content("application/x-pki-message", *std::move(reply));
}

}  // namespace bramley
