#include "server/http/health_handler.h"

#include "server/http/error_response.h"
#include "server/http/limits.h"

namespace bramley {

std::uint64_t HealthHandler::body_limit(const HttpRequest&) {
  return limits::ignored_body;
}

HttpResponse HealthHandler::handle(const HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    return method_not_allowed("GET, HEAD");
  }
  if (request.raw_path() == "/healthz") {
    return text_response(200, "ok");
  }
  const std::vector<std::string> failing = reasons();
  if (failing.empty()) {
    return json_response(200, {{"status", "ready"}});
  }
  return json_response(503, {{"status", "unavailable"}, {"reasons", failing}});
}

std::vector<std::string> HealthHandler::reasons() const {
  std::vector<std::string> failing;
  if (const Status storage = store_.check(); !storage) {
    log_.error("not ready: storage", {{"cause", storage.error().message}});
    failing.emplace_back("storage does not answer");
  }
  if (scep_ == Scep::off) {
    return failing;
  }
  const auto authority = credentials_.scep_authority();
  if (authority == nullptr) {
    failing.emplace_back("there is no SCEP CA");
  } else if (!authority->certificate().is_valid_at(clock_.now())) {
    failing.emplace_back("the SCEP CA is out of its dates");
  }
  return failing;
}

}  // namespace bramley
