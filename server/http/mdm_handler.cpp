#include "server/http/mdm_handler.h"

#include <algorithm>
#include <cctype>

namespace bramley {
namespace {

constexpr std::string_view checkin_type = "application/x-apple-aspen-mdm-checkin";

// Apple sends both kinds of message with PUT and tells them apart by Content-Type, which may carry
// parameters (trap 1).
bool says_checkin(const HttpRequest& request) {
  const auto type = request.headers.find("Content-Type");
  return type && type->size() >= checkin_type.size() &&
         std::equal(checkin_type.begin(), checkin_type.end(), type->begin(),
                    [](unsigned char a, unsigned char b) { return a == std::tolower(b); });
}

HttpResponse empty_response() {
  return HttpResponse{};
}

HttpResponse plist_response(Bytes plist) {
  const bool binary = as_text(plist).starts_with("bplist00");
  HttpResponse response;
  response.headers.add("Content-Type",
                       binary ? "application/octet-stream" : "text/xml; charset=utf-8");
  response.body = std::move(plist);
  return response;
}

HttpResponse declarations_response(CheckinReply reply) {
  HttpResponse response;
  response.status = reply.status;
  if (!reply.content_type.empty()) {
    response.headers.add("Content-Type", std::move(reply.content_type));
  }
  response.body = std::move(reply.plist);
  return response;
}

// Apple, ErrorCodeUnrecognizedDevice: the device removes its management. The one 403 on purpose.
HttpResponse dismissal_response() {
  HttpResponse response;
  response.status = 403;
  response.headers.add("Content-Type", "application/json");
  response.body = to_bytes(std::string_view(
      R"({"code":"com.apple.unrecognized.device","description":"The device is not enrolled here",)"
      R"("message":"This device is no longer managed by this server."})"));
  return response;
}

}  // namespace

int status_for_device(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
    case ErrorCode::unauthenticated:
    case ErrorCode::forbidden:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
      return 400;
    case ErrorCode::unsupported:
      return 501;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

HttpResponse MdmHandler::handle(const HttpRequest& request, RequestFacts& facts) {
  auto response = answer(request, facts);
  if (response) {
    return *std::move(response);
  }
  facts.refusal = response.error().code;
  return device_error(request, response.error());
}

Result<HttpResponse> MdmHandler::answer(const HttpRequest& request, RequestFacts& facts) {
  if (request.method != "PUT" && request.method != "POST") {
    HttpResponse response;
    response.status = 405;
    response.headers.add("Allow", "PUT, POST");
    return response;
  }
  TRY_ASSIGN(const auto message, authenticator_.authenticate(request));  // bytes → who said it
  if (says_checkin(request)) {
    TRY_ASSIGN(auto checkin, parse_checkin(message.body()));  // → what was said
    checkin.query = request.raw_query();
    return answer_checkin(message, checkin, facts);
  }
  auto report = parse_report(message.body());
  if (!report) {
    // A check-in whose Content-Type was lost on the way is still one.
    auto checkin = parse_checkin(message.body());
    if (checkin) {
      checkin->query = request.raw_query();
    }
    return checkin ? answer_checkin(message, *checkin, facts)
                   : Result<HttpResponse>(std::move(report).error());
  }
  report->query = request.raw_query();
  facts.message = message_of(report->status);
  facts.enrollment = report->enrollment.value();
  TRY_ASSIGN(auto reply, service_.report(message.device(), *report));  // → what happens
  if (reply.is_dismissed) {
    return dismissal_response();
  }
  return reply.command ? plist_response(std::move(reply.command->plist))
                       : empty_response();  // → what we answer
}

Result<HttpResponse> MdmHandler::answer_checkin(const AuthenticatedMessage& message,
                                                const CheckinMessage& checkin,
                                                RequestFacts& facts) {
  facts.message = message_of(checkin);
  facts.enrollment = checkin.enrollment.value();
  auto reply = service_.check_in(message.device(), checkin);
  if (!reply) {
    return std::move(reply).error().while_doing(std::string(checkin.type_name()) + " of " +
                                                checkin.enrollment.value());
  }
  switch (reply->kind) {
    case CheckinReply::Kind::done:
      return empty_response();
    case CheckinReply::Kind::body:
      return plist_response(std::move(reply->plist));
    case CheckinReply::Kind::user_declined: {
      HttpResponse declined;
      declined.status = 410;
      return declined;
    }
    case CheckinReply::Kind::declarations:
      return declarations_response(*std::move(reply));
    case CheckinReply::Kind::dismissed:
      return dismissal_response();
  }
  return Error{ErrorCode::internal, "a check-in reply of no kind"};
}

HttpResponse MdmHandler::device_error(const HttpRequest& request, const Error& error) {
  HttpResponse response;
  response.status = status_for_device(error.code);
  const auto trace = request.headers.find("X-Trace-Id");
  const bool ours = response.status >= 500 && error.code != ErrorCode::unsupported;
  log_.refusal(ours ? LogLevel::error : LogLevel::warn, "device request refused",
               request.peer.address,
               {{"trace_id", trace ? std::string(*trace) : std::string()},
                {"peer", request.peer.address},
                {"status", std::to_string(response.status)},
                {"code", std::string(error_code_name(error.code))},
                {"cause", error.message}});
  return response;
}

}  // namespace bramley
