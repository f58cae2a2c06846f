#pragma once

// Private to the listener.

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/net/http_message.h"

namespace bramley {

// How the end of a response's body is known (RFC 9112 §6).
enum class BodyFraming {
  none,     // no body follows: HEAD, 204, 304
  length,   // Content-Length
  chunked,  // a stream
  closing,  // a stream to an HTTP/1.0 client: the end of the connection
};

// What the connection knows when it answers.
struct AnswerTerms {
  std::string_view trace_id;
  bool head_request = false;
  bool http_1_0 = false;
  bool keep_alive = false;
  Timestamp now = {};  // for the Date field (RFC 9110 §6.6.1)
};

struct ResponseHead {
  std::string text;  // with the empty line at its end
  BodyFraming framing;
  bool keep_alive;
};

// The status line and fields for a handler's response. What frames the message is ours: such fields
// of the handler are dropped (but its "Connection: close" is obeyed), and so are fields that would
// break the head.
ResponseHead response_head(const HttpResponse& response, const AnswerTerms& terms);

// The line before a chunk of that size (RFC 9112 §7.1).
std::string chunk_head(std::size_t size);

}  // namespace bramley
