#pragma once

#include <memory>
#include <semaphore>
#include <string>
#include <string_view>

#include "core/base/log.h"
#include "core/net/curl_http_client.h"
#include "server/http/device_authenticator.h"
#include "server/http/listener.h"
#include "server/store/store.h"

namespace bramley {

// Where a request below /authproxy goes below the target; `raw_path` begins with /authproxy.
// malformed: a path that leads out of the target however often the server behind decodes it (dot
// segments, encoded slashes, backslashes), or a bad escape.
Result<std::string> auth_proxy_path(std::string_view raw_path);

// /authproxy/…: lets enrolled devices, and nobody else, through to another server (NanoMDM's
// -auth-proxy-url). That server gets the request as it came, with X-Enrollment-ID and X-Trace-ID of
// ours in place of anybody's; the device gets its answer as it is, redirects too.
//
// 400, never 401, for whoever has no certificate that is bound to an enrolled device; 502 when the
// other server gives no answer; 503 when too many wait for it.
class AuthProxyHandler : public HttpHandler {
 public:
  // Requests under way at once: workers are left for other devices.
  static constexpr std::ptrdiff_t most_at_once = 8;
  // The bounds of one answer, in time and size: what the client is to be made with.
  static HttpClientOptions http_options(std::chrono::milliseconds longest);

  struct Dependencies {
    DeviceAuthenticator& authenticator;
    Store& store;
    std::unique_ptr<HttpClient> http;
    std::string target;  // a URL without query; may have a path
    Log& log;
  };
  explicit AuthProxyHandler(Dependencies dependencies);

  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;

 private:
  Result<std::string> device_behind(const HttpRequest& request);
  Result<HttpRequest> request_for(const HttpRequest& request, const std::string& device_id) const;
  HttpResponse refusal(const HttpRequest& request, int status, const Error& error);

  Dependencies with_;
  std::counting_semaphore<most_at_once> free_{most_at_once};
};

}  // namespace bramley
