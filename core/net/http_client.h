#pragma once

#include <functional>

#include "core/base/result.h"
#include "core/net/http_message.h"

namespace bramley {

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Sends one request and reads the whole answer. An HTTP status is an answer, not an error: errors
  // are failures to get one. unavailable: no connection, time-out, a broken answer.
  // unauthenticated: TLS did not trust the server (or it did not trust us). forbidden: it wants a
  // client certificate, and there is none. malformed: an impossible request. Safe to call from
  // several threads.
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;

  // As send, but the body of a 2xx answer is given out as it comes; `on_body` returns false to stop
  // (which is no error). Time limits end with the head: the body may last. From then on `on_body`
  // also gets nothing about once a second, so that it can stop while nothing comes.
  virtual Result<HttpResponse> stream(const HttpRequest& request,
                                      const std::function<bool(ByteView)>& on_body) = 0;
};

}  // namespace bramley
