#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/base/secret_bytes.h"
#include "core/net/http_client.h"

namespace bramley {

struct HttpClientOptions {
  // Trusted instead of the system's store: PEM text.
  std::optional<std::string> ca_pem;
  // A client certificate for TLS: PEM texts, both or neither.
  std::optional<std::string> certificate_pem;
  std::shared_ptr<const SecretBytes> key_pem;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds total_timeout{60'000};
  std::size_t response_limit = 64U << 20U;
  std::string user_agent = "bramley";
  // Refused by default: a redirect could send a credential elsewhere.
  bool follow_redirects = false;
  // http_2: over TLS (ALPN h2) and nothing else, as Apple's push service wants it. unavailable when
  // the server does not speak it.
  enum class Version { http_1, http_2 } version = Version::http_1;
  // Instead of what the environment names (https_proxy, no_proxy, …): a URL, "" for none.
  std::optional<std::string> proxy = {};
};

// libcurl, connections kept and reused; proxies from the environment as curl does.
class CurlHttpClient : public HttpClient {
 public:
  explicit CurlHttpClient(HttpClientOptions options);
  ~CurlHttpClient() override;
  Result<HttpResponse> send(const HttpRequest& request) override;
  Result<HttpResponse> stream(const HttpRequest& request,
                              const std::function<bool(ByteView)>& on_body) override;

 private:
  struct Pool;
  HttpClientOptions options_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace bramley
