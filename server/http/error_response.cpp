#include "server/http/error_response.h"

#include <algorithm>

#include "core/base/encoding.h"

namespace bramley {
namespace {

// Seconds: the database is away, or too many are here already. Neither is over at once.
constexpr const char* retry_after = "5";

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

HttpResponse response_with(int status, std::string_view type, Bytes body) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", std::string(type));
  response.headers.set("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

Json problem_members(int status, std::string_view code, std::string_view detail,
                     std::string_view hint, std::string_view trace_id) {
  Json problem = {{"type", "about:blank"},
                  {"title", reason_phrase(status)},
                  {"status", status},
                  {"detail", detail},
                  {"code", code}};
  if (!hint.empty()) {
    problem["hint"] = hint;
  }
  problem["trace_id"] = trace_id;
  return problem;
}

HttpResponse problem_document(int status, const Json& problem) {
  HttpResponse response = response_with(status, "application/problem+json", json_body(problem));
  if (status == 503) {
    response.headers.set("Retry-After", retry_after);
  }
  return response;
}

}  // namespace

int status_for_admin(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed:
      return 400;
    case ErrorCode::unauthenticated:
      return 401;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::unsupported:
      return 501;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

std::string trace_id_of(const HttpRequest& request, Random& random) {
  const auto given = request.headers.find("X-Trace-Id");
  if (given && !given->empty() && given->size() <= 64 &&
      std::all_of(given->begin(), given->end(), is_word_character)) {
    return std::string(*given);
  }
  return encode_hex(random_bytes(random, 8));
}

HttpResponse json_response(int status, const Json& value) {
  return response_with(status, "application/json", json_body(value));
}

HttpResponse text_response(int status, std::string_view text) {
  Bytes body = to_bytes(text);
  body.push_back('\n');
  return response_with(status, "text/plain; charset=utf-8", std::move(body));
}

HttpResponse no_content_response() {
  HttpResponse response;
  response.status = 204;
  return response;
}

HttpResponse method_not_allowed(std::string_view allow) {
  HttpResponse response = text_response(405, reason_phrase(405));
  response.headers.set("Allow", std::string(allow));
  return response;
}

HttpResponse problem_response(const Error& error, std::string_view trace_id) {
  const int status = status_for_admin(error.code);
  return problem_document(status, problem_members(status, error_code_name(error.code),
                                                  error.message, error.hint, trace_id));
}

HttpResponse problem_response(int status, std::string_view code, std::string_view detail,
                              std::string_view trace_id) {
  return problem_document(status, problem_members(status, code, detail, "", trace_id));
}

HttpResponse problem_response(int status, const Error& error, std::string_view trace_id,
                              std::string_view member, Json value) {
  Json problem =
      problem_members(status, error_code_name(error.code), error.message, error.hint, trace_id);
  problem[std::string(member)] = std::move(value);
  return problem_document(status, problem);
}

void log_failure(Log& log, const Error& error, const HttpRequest& request, int status,
                 std::string_view trace_id) {
  const bool ours = status >= 500 && error.code != ErrorCode::unsupported;
  log.write(ours ? LogLevel::error : LogLevel::debug, "request failed",
            {{"method", request.method},
             {"status", std::to_string(status)},
             {"code", std::string(error_code_name(error.code))},
             {"cause", error.message},
             {"hint", error.hint},
             {"trace_id", std::string(trace_id)}});
}

}  // namespace bramley
