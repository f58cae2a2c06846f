#pragma once

#include <string>
#include <string_view>

#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/net/http_message.h"
#include "server/http/json.h"

namespace bramley {

// The one table from errors to statuses for administrators. Devices have another one
// (status_for_device, in mdm_handler): what is 401 or 403 here would make them leave.
int status_for_admin(ErrorCode code);

// What ties an answer to its log lines: the request's X-Trace-Id (the listener's) if it is a plain
// word, else 16 random hex digits.
std::string trace_id_of(const HttpRequest& request, Random& random);

// Everything here may hold what only this caller may see: no cache keeps it.
HttpResponse json_response(int status, const Json& value);
HttpResponse text_response(int status, std::string_view text);
HttpResponse no_content_response();
// 405 (RFC 9110 §15.5.6) in plain text.
HttpResponse method_not_allowed(std::string_view allow);

// RFC 9457: application/problem+json with the members type, title, status, detail, code, hint and
// trace_id.
HttpResponse problem_response(const Error& error, std::string_view trace_id);
// The same for a status that no Error stands for, such as 405.
HttpResponse problem_response(int status, std::string_view code, std::string_view detail,
                              std::string_view trace_id);
// The same with one member more.
HttpResponse problem_response(int status, const Error& error, std::string_view trace_id,
                              std::string_view member, Json value);

// One line for what the operator has to know: an answer of 500 and more as an error, the rest for
// debugging. Never the path, which may hold an enrollment token.
void log_failure(Log& log, const Error& error, const HttpRequest& request, int status,
                 std::string_view trace_id);

}  // namespace bramley
