#include "core/net/curl_http_client.h"

#include <curl/curl.h>

#include <mutex>
#include <vector>

#include "core/net/curl_library.h"
#include "core/net/curl_transfer.h"

namespace bramley {
namespace {

// More idle handles than that are not kept: each may hold a connection.
constexpr std::size_t kept_handles = 64;

}  // namespace

// Easy handles that are not in use, each with the connections it made. The last one returned goes
// out first: its connection is the least likely to be stale.
struct CurlHttpClient::Pool {
  CurlHandle take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) {
      return CurlHandle(curl_easy_init());
    }
    CurlHandle handle = std::move(idle.back());
    idle.pop_back();
    return handle;
  }

  void give_back(CurlHandle handle) {
    const std::lock_guard lock(mutex);
    if (idle.size() < kept_handles) {
      idle.push_back(std::move(handle));
    }
  }

  std::mutex mutex;
  std::vector<CurlHandle> idle;
};

CurlHttpClient::CurlHttpClient(HttpClientOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>()) {}

CurlHttpClient::~CurlHttpClient() = default;

Result<HttpResponse> CurlHttpClient::send(const HttpRequest& request) {
  return stream(request, nullptr);
}

Result<HttpResponse> CurlHttpClient::stream(const HttpRequest& request,
                                            const std::function<bool(ByteView)>& on_body) {
  if (options_.certificate_pem.has_value() != (options_.key_pem != nullptr)) {
    return Error{ErrorCode::malformed,
                 "use the TLS client certificate: it needs both a certificate and a key"};
  }
  CurlHandle handle = curl_library_is_ready() ? pool_->take() : nullptr;
  if (handle == nullptr) {
    return Error{ErrorCode::internal, "start libcurl: out of memory"};
  }
  Result<HttpResponse> result = CurlTransfer(handle.get(), options_, on_body).run(request);
  pool_->give_back(std::move(handle));
  return result;
}

}  // namespace bramley
