#include "server/metrics_handler.h"

namespace bramley {

std::uint64_t MetricsHandler::body_limit(const HttpRequest& /*head*/) {
  return 0;
}

HttpResponse MetricsHandler::handle(const HttpRequest& request) {
  HttpResponse response;
  if (request.raw_path() != "/metrics") {
    response.status = 404;
  } else if (request.method != "GET" && request.method != "HEAD") {
    response.status = 405;
    response.headers.add("Allow", "GET, HEAD");
  } else {
    response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = to_bytes(metrics_.text());
  }
  return response;
}

}  // namespace bramley
