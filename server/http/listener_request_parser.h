#pragma once

// Private to the listener.

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/net/http_message.h"

namespace bramley {

// Reads one request out of a stream of bytes (RFC 9112), strictly: what two parsers could read in
// two ways (two lengths, a length and chunks, folded fields) is refused. Beast is behind it.
class RequestParser {
 public:
  enum class Progress {
    more,      // give it what was not consumed again, with more behind it
    head,      // the head is whole: say limit_body(), then go on
    complete,  // the request is whole; what was not consumed belongs to the next one
    refused,   // by refusal(); the rest of the stream cannot be understood
  };
  struct Outcome {
    Progress progress;
    std::size_t consumed;
  };
  // `head_limit` in bytes: request line and fields, and any trailer by itself.
  explicit RequestParser(std::size_t head_limit);
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  Outcome take(ByteView input);

  // How many bytes the body may have. False, and refused with 413, if it is known to have more.
  [[nodiscard]] bool limit_body(std::uint64_t limit);

  // The HTTP status that tells the client: 400, 413, 417, 431 or 501.
  [[nodiscard]] int refusal() const;
  // Why, for the log; no bytes of the request in it.
  [[nodiscard]] std::string_view reason() const;

  // Valid once the head is whole. Without X-Trace-Id, which is ours to give.
  [[nodiscard]] HttpRequest& request();
  [[nodiscard]] bool has_body() const;
  // Bytes of body that were announced; 0 if chunked.
  [[nodiscard]] std::uint64_t announced_body() const;
  [[nodiscard]] bool is_http_1_0() const;
  // As the client wishes it (RFC 9112 §9.3).
  [[nodiscard]] bool keep_alive() const;
  // The client waits for our word before it sends the body (RFC 9110 §10.1.1).
  [[nodiscard]] bool expects_continue() const;

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace bramley
