#pragma once

#include <memory>

#include "core/net/curl_http_client.h"
#include "core/net/http_batch_client.h"

namespace bramley {

// libcurl's multi interface over HTTP/2, on a thread of its own. One connection, whose requests
// share it; a new one when that ended, or when it has answered nothing within a request's time.
class CurlHttpBatchClient : public HttpBatchClient {
 public:
  // `options.version` is http_2 whatever it says. `total_timeout` is each request's, from when its
  // turn comes. At most `streams` are under way at a time.
  explicit CurlHttpBatchClient(HttpClientOptions options, std::size_t streams = 300);
  // What is unanswered is told connection_lost; waits for answers that are being told.
  ~CurlHttpBatchClient() override;
  void send_all(std::vector<HttpRequest> requests, OnAnswer on_answer) override;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace bramley
