#pragma once

// Private to core/net.

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <exception>
#include <functional>
#include <string>

#include "core/base/c_handle.h"
#include "core/base/result.h"
#include "core/net/curl_error.h"
#include "core/net/curl_http_client.h"

namespace bramley {

using CurlHandle = CHandle<CURL, curl_easy_cleanup>;
using CurlListHandle = CHandle<curl_slist, curl_slist_free_all>;
using CurlUrlHandle = CHandle<CURLU, curl_url_cleanup>;

// One request on one easy handle. Lives on the stack of the caller; the handle forgets it when it
// is reset.
class CurlTransfer {
 public:
  // Both outlive the transfer. `on_body` empty: the whole body goes into the response.
  CurlTransfer(CURL* handle, const HttpClientOptions& options,
               std::function<bool(ByteView)> on_body);
  Result<HttpResponse> run(const HttpRequest& request);

  // The same in three steps, for who drives the handle otherwise. The request outlives the
  // transfer.
  Status prepare(const HttpRequest& request);
  // What came of it; the handle is clean again.
  Result<HttpResponse> finish(CURLcode code);
  // Whether a connection was ready for it, with TLS if there is any. Before `finish`.
  [[nodiscard]] bool was_connected() const;

 private:
  enum class Stop { none, too_large, asked, failed };

  Status prepare_target(const HttpRequest& request);
  Status prepare_headers(const HttpRequest& request);
  Status append_header(const std::string& line);
  void prepare_method(const HttpRequest& request);
  void prepare_tls();
  void prepare_limits();
  void prepare_callbacks();
  Result<HttpResponse> outcome(CURLcode code);
  CurlFailure failure(CURLcode code) const;

  void take_header(std::string_view line);
  bool take_body(ByteView piece);
  bool answer_is_late() const;
  bool is_enough();

  static std::size_t header_callback(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t body_callback(char* data, std::size_t size, std::size_t count, void* self);
  static int progress_callback(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  CURL* handle_;
  const HttpClientOptions& options_;
  std::function<bool(ByteView)> on_body_;
  CurlUrlHandle url_;
  CurlListHandle header_list_;
  std::string host_;
  bool https_ = false;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  std::chrono::steady_clock::time_point started_;
  HttpResponse response_;
  bool head_complete_ = false;
  Stop stop_ = Stop::none;
};

}  // namespace bramley
