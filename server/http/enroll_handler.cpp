#include "server/http/enroll_handler.h"

#include <algorithm>

#include "server/http/error_response.h"
#include "server/http/limits.h"

namespace bramley {
namespace {

constexpr std::chrono::hours open_challenge_ttl{1};

// URL-safe base64, which is all that a token of ours can be.
bool looks_like_token(std::string_view text) {
  return text.size() <= limits::enrollment_token &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

Error no_invitation() {
  return {ErrorCode::unauthenticated, "enroll: not a token"};
}

// A person reads this in a browser. Never 401: it would ask for a password.
HttpResponse refusal(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
    case ErrorCode::unauthenticated:
    case ErrorCode::not_found:
      return text_response(404,
                           "This enrollment link is not valid, or not any more. Please ask "
                           "whoever sent it to you for a new one.");
    case ErrorCode::forbidden:
      return text_response(403, "This server enrolls devices by invitation only.");
    case ErrorCode::conflict:
    case ErrorCode::unsupported:
    case ErrorCode::unavailable:
      return text_response(503,
                           "This server cannot enroll devices at the moment. Please try "
                           "again later.");
    case ErrorCode::internal:
      return text_response(500, "Something went wrong. Please try again later.");
  }
  return text_response(500, "Something went wrong. Please try again later.");
}

}  // namespace

HttpResponse profile_response(int status, Bytes profile) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/x-apple-aspen-config");
  response.headers.set("Content-Disposition", "attachment; filename=\"enroll.mobileconfig\"");
  // It holds a secret that works once.
  response.headers.set("Cache-Control", "no-store");
  response.body = std::move(profile);
  return response;
}

EnrollHandler::EnrollHandler(EnrollmentProfileService& profiles, OpenEnrollment open,
                             Random& random, Log& log)
    : profiles_(profiles), open_(open), random_(random), log_(log) {
  router_.add("GET", "/enroll", 0, *this, &EnrollHandler::without_token);
  router_.add("GET", "/enroll/{token}", 0, *this, &EnrollHandler::with_token);
}

std::uint64_t EnrollHandler::body_limit(const HttpRequest&) {
  return limits::ignored_body;
}

HttpResponse EnrollHandler::handle(const HttpRequest& request) {
  const Router::Found found = router_.find(request.method, request.raw_path());
  if (const auto* other = std::get_if<Router::NoMethod>(&found)) {
    return method_not_allowed(other->allow);
  }
  const auto* match = std::get_if<Router::Match>(&found);
  if (match == nullptr) {
    return refusal(ErrorCode::not_found);
  }
  const std::string trace_id = trace_id_of(request, random_);
  const ApiCaller anybody{.role = ApiRole::reader};
  auto response = match->route->action({request, match->path, trace_id, anybody});
  if (!response) {
    HttpResponse refused = refusal(response.error().code);
    log_failure(log_, response.error(), request, refused.status, trace_id);
    response = std::move(refused);
  }
  response->headers.set("X-Trace-Id", trace_id);
  return *std::move(response);
}

Result<HttpResponse> EnrollHandler::with_token(const RoutedRequest& request) {
  const std::string& token = request.path.get("token");
  if (!looks_like_token(token)) {
    return no_invitation();
  }
  // Mail scanners and link previews send HEAD. They get the look of an answer and spend nothing; it
  // is the same for any token, so they learn nothing either.
  if (request.http.method == "HEAD") {
    return profile_response(200, {});
  }
  TRY_ASSIGN(auto profile, profiles_.redeem_token(token, request.http.query("topic").value_or("")));
  log_.info("enrollment token redeemed",
            {{"peer", request.http.peer.address}, {"trace_id", std::string(request.trace_id)}});
  return profile_response(200, std::move(profile));
}

Result<HttpResponse> EnrollHandler::without_token(const RoutedRequest& request) {
  if (open_ == OpenEnrollment::off) {
    return Error{ErrorCode::forbidden, "enroll: open enrollment is off"};
  }
  if (request.http.method == "HEAD") {
    return profile_response(200, {});
  }
  ProfileRequest wanted;
  wanted.topic = request.http.query("topic").value_or("");
  TRY_ASSIGN(auto profile, profiles_.make_profile(wanted, open_challenge_ttl));
  return profile_response(200, std::move(profile));
}

}  // namespace bramley
