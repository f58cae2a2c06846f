#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"

namespace bramley {

// ASCII letters alone, whatever the locale: as names of fields compare (RFC 9110 §5.1).
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Header fields in order; names compare without case.
class HttpHeaders {
 public:
  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<std::pair<std::string, std::string>> fields)
      : fields_(fields) {}
  // The first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  // Replaces all of that name.
  void set(std::string name, std::string value);
  void remove(std::string_view name);
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Who is at the other end of a connection that a server accepted.
struct HttpPeer {
  std::string address;  // numeric, without port
  bool tls = false;
  // DER of the TLS client certificate, whoever issued it (nothing is judged at the handshake); null
  // if none.
  std::shared_ptr<const Bytes> certificate_der;
  // The listener that took it: "public" or "api".
  std::string_view listener;
};

struct HttpRequest {
  std::string method;
  // Server: the request target as received ("/enroll/x?y=z"). Client: an absolute URL.
  std::string target;
  HttpHeaders headers;
  Bytes body;
  HttpPeer peer;

  // The target up to '?', still percent-encoded; and what follows it (empty when there is none).
  [[nodiscard]] std::string_view raw_path() const;
  [[nodiscard]] std::string_view raw_query() const;
  // The first value of a query parameter, percent-decoded with '+' as a space. An undecodable value
  // counts as absent.
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  Bytes body;
  // When set, the body is pulled piece by piece after the headers; an empty optional ends it.
  // `body` is then unused. Blocking is allowed: it is called from the worker pool. Returning empty
  // bytes sends nothing and is asked again.
  std::function<std::optional<Bytes>()> body_stream;
};

// The reason phrase of RFC 9110 for a status ("Not Found"), "" when there is none.
std::string_view reason_phrase(int status);

}  // namespace bramley
