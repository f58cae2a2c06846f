#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/json.h"
#include "core/base/secret_bytes.h"
#include "core/net/http_client.h"

namespace bramley {

// Pieces of a request target, escaped.
struct ApiPath {
  std::string path;  // "/api/v1/enrollments"
  ApiPath& segment(std::string_view text);
  // Left out when the value is empty.
  ApiPath& parameter(std::string_view name, std::string_view value);
};

// Speaks to one server with one API key.
class ApiClient {
 public:
  ApiClient(std::unique_ptr<HttpClient> http, std::string base_url, SecretBytes token);

  // Asked to say more of an error, when TLS does not trust the server.
  void explain_distrust(std::function<Error(Error)> explain) { explain_ = std::move(explain); }

  [[nodiscard]] const std::string& base_url() const { return base_url_; }

  // An answer of 2xx, as JSON (null when it is empty). Errors: the code and hint of the server's
  // problem document; unavailable for what is no such document, saying what came instead.
  Result<Json> get(const ApiPath& path);
  Result<Json> post(const ApiPath& path, const Json& body);
  Result<Json> patch(const ApiPath& path, const Json& body);
  Result<Json> remove(const ApiPath& path);

  // At most so many items the server gives at once.
  static constexpr std::size_t page_size = 500;
  // One page of a list: `on_items` gets its array; returns the cursor of the next page, empty after
  // the last. unavailable: the answer has no such list, or repeats the page.
  Result<std::string> page(const ApiPath& path, const std::string& plural, std::size_t limit,
                           const std::string& cursor,
                           const std::function<void(const Json&)>& on_items);

  // Every page of a list: `on_items` gets each page's array, and returns false when it has enough.
  Status each_page(const ApiPath& path, const std::string& plural,
                   const std::function<bool(const Json&)>& on_items);

  // Whatever is answered. Bearer under /api, Basic for the paths that other servers' clients use.
  Result<HttpResponse> send(const std::string& method, const std::string& target, Bytes body,
                            const std::string& content_type);

  // The body of a 2xx answer as it comes; `on_body` returns false to stop, and is asked about once
  // a second while nothing comes, with nothing. Errors as for get; unsupported: an answer of 2xx
  // that is no stream of events.
  Status stream(const ApiPath& path, HttpHeaders headers,
                const std::function<bool(ByteView)>& on_body);

  // What an answer that is no 2xx means.
  [[nodiscard]] Error error_of(const std::string& method, const std::string& target,
                               const HttpResponse& response) const;

 private:
  void add_credentials(HttpRequest& request, bool ours) const;
  [[nodiscard]] Error unreachable(Error error, const std::string& doing) const;
  Result<Json> json_of(const std::string& method, const std::string& target,
                       const HttpResponse& response) const;

  std::unique_ptr<HttpClient> http_;
  std::string base_url_;
  SecretBytes token_;
  std::function<Error(Error)> explain_;
};

// The base URL as requests need it: https:// (or http://), a host, no query, no final slash.
// malformed otherwise.
Result<std::string> check_base_url(std::string_view url);

}  // namespace bramley
