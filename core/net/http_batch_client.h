#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "core/base/result.h"
#include "core/net/http_message.h"

namespace bramley {

// What became of one request of a batch.
struct BatchAnswer {
  // As HttpClient::send answers.
  Result<HttpResponse> response;
  // Why there is no response; `none` when there is one.
  enum class Fault {
    none,
    impossible,       // it never could be sent
    no_connection,    // nothing reached the server: no connection, no TLS, no HTTP/2
    connection_lost,  // the connection or the stream ended; the server may have acted on it
    late,             // its time ran out; the server may have acted on it
  } fault = Fault::none;
};

// Many requests to one server, over one connection that they share.
class HttpBatchClient {
 public:
  virtual ~HttpBatchClient() = default;

  // Called once for each request with its index, in the order of the answers and from another
  // thread than the caller's: it must not block, throw, or destroy the client. It may send more.
  using OnAnswer = std::function<void(std::size_t index, BatchAnswer answer)>;
  // Takes the requests in and returns at once. A request that the server refused to process
  // (GOAWAY, REFUSED_STREAM), or that a kept connection swallowed as it died, is sent again by
  // itself; all else is told, and so may be the one that a GOAWAY came in between. An HTTP status
  // is an answer. Safe to call from several threads.
  virtual void send_all(std::vector<HttpRequest> requests, OnAnswer on_answer) = 0;
};

}  // namespace bramley
