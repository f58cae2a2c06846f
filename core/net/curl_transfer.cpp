#include "core/net/curl_transfer.h"

#include <algorithm>

#include "core/net/curl_error.h"

namespace bramley {
namespace {

using CurlText = CHandle<char, curl_free>;

// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

std::string url_part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* raw = nullptr;
  if (curl_url_get(url, part, &raw, flags) != CURLUE_OK) {
    return {};
  }
  const CurlText text(raw);
  return text.get();
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const std::size_t first = text.find_first_not_of(white);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

// Borrowed: the options outlive every handle that is given their texts.
curl_blob borrowed_blob(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
}

bool wants_body(const HttpRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

}  // namespace

CurlTransfer::CurlTransfer(CURL* handle, const HttpClientOptions& options,
                           std::function<bool(ByteView)> on_body)
    : handle_(handle), options_(options), on_body_(std::move(on_body)) {}

Result<HttpResponse> CurlTransfer::run(const HttpRequest& request) {
  TRY(prepare(request));
  return finish(curl_easy_perform(handle_));
}

Status CurlTransfer::prepare(const HttpRequest& request) {
  curl_easy_reset(handle_);
  TRY(prepare_target(request));
  TRY(prepare_headers(request));
  prepare_method(request);
  prepare_tls();
  prepare_limits();
  prepare_callbacks();
  started_ = std::chrono::steady_clock::now();
  return {};
}

Result<HttpResponse> CurlTransfer::finish(CURLcode code) {
  Result<HttpResponse> result = outcome(code);
  // The handle is kept for later requests: it must not point into this object any more.
  curl_easy_reset(handle_);
  return result;
}

bool CurlTransfer::was_connected() const {
  curl_off_t ready = 0;
  curl_easy_getinfo(handle_, CURLINFO_PRETRANSFER_TIME_T, &ready);
  return ready > 0;
}

Status CurlTransfer::prepare_target(const HttpRequest& request) {
  if (!is_token(request.method)) {
    return Error{ErrorCode::malformed, "send a request: not an HTTP method"};
  }
  url_.reset(curl_url());
  const CURLUcode parsed = curl_url_set(url_.get(), CURLUPART_URL, request.target.c_str(),
                                        CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME);
  const std::string scheme = url_part(url_.get(), CURLUPART_SCHEME);
  if (parsed != CURLUE_OK || (scheme != "http" && scheme != "https")) {
    // The text itself is not repeated: it could hold a password or a token.
    return Error{ErrorCode::malformed, "send a request: not an http or https URL",
                 "write it in full, as https://mdm.example.com:8443"};
  }
  https_ = scheme == "https";
  host_ = url_part(url_.get(), CURLUPART_HOST) + ":" +
          url_part(url_.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  curl_easy_setopt(handle_, CURLOPT_CURLU, url_.get());
  curl_easy_setopt(handle_, CURLOPT_PATH_AS_IS, 1L);
  return {};
}

Status CurlTransfer::prepare_headers(const HttpRequest& request) {
  for (const auto& [name, value] : request.headers.fields()) {
    if (!is_token(name) || !is_field_value(value)) {
      return Error{ErrorCode::malformed,
                   "send a request to " + host_ + ": a header field with impossible characters"};
    }
    // libcurl takes "Name:" for the removal of a field, and "Name;" for an empty one.
    TRY(append_header(value.empty() ? name + ";" : std::string(name).append(": ").append(value)));
  }
  // What libcurl would add by itself: a media type we do not know, and a wait of a second.
  for (const std::string_view name : {"Content-Type", "Expect"}) {
    if (!request.headers.find(name)) {
      TRY(append_header(std::string(name) + ":"));
    }
  }
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, header_list_.get());
  curl_easy_setopt(handle_, CURLOPT_USERAGENT, options_.user_agent.c_str());
  return {};
}

Status CurlTransfer::append_header(const std::string& line) {
  curl_slist* const longer = curl_slist_append(header_list_.get(), line.c_str());
  if (longer == nullptr) {
    return Error{ErrorCode::internal, "send a request to " + host_ + ": out of memory"};
  }
  if (!header_list_) {  // else it is longer at its end, and begins where it began
    header_list_.reset(longer);
  }
  return {};
}

void CurlTransfer::prepare_method(const HttpRequest& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    return;
  }
  if (wants_body(request)) {
    curl_easy_setopt(handle_, CURLOPT_POST, 1L);
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(
        handle_, CURLOPT_POSTFIELDS,
        request.body.empty() ? "" : reinterpret_cast<const char*>(request.body.data()));
  }
  if (request.method != (wants_body(request) ? "POST" : "GET")) {
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void CurlTransfer::prepare_tls() {
  curl_easy_setopt(handle_, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  if (options_.ca_pem) {
    curl_blob blob = borrowed_blob(*options_.ca_pem);
    curl_easy_setopt(handle_, CURLOPT_CAINFO_BLOB, &blob);
    curl_easy_setopt(handle_, CURLOPT_CAPATH, nullptr);  // else it would be trusted as well
  }
  if (options_.certificate_pem && options_.key_pem) {
    curl_blob certificate = borrowed_blob(*options_.certificate_pem);
    curl_blob key = borrowed_blob(options_.key_pem->reveal_text());
    curl_easy_setopt(handle_, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(handle_, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(handle_, CURLOPT_SSLKEYTYPE, "PEM");
    curl_easy_setopt(handle_, CURLOPT_SSLKEY_BLOB, &key);
  }
}

void CurlTransfer::prepare_limits() {
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION,
                   options_.version == HttpClientOptions::Version::http_2
                       ? long{CURL_HTTP_VERSION_2TLS}
                       : long{CURL_HTTP_VERSION_1_1});
  if (options_.proxy) {
    curl_easy_setopt(handle_, CURLOPT_PROXY, options_.proxy->c_str());
  }
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  // A redirect must not take what was sent under TLS into the clear.
  curl_easy_setopt(handle_, CURLOPT_REDIR_PROTOCOLS_STR, https_ ? "https" : "http,https");
  curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, options_.follow_redirects ? 1L : 0L);
  curl_easy_setopt(handle_, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(handle_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options_.connect_timeout.count()));
  // A stream may last; only its beginning may not (see answer_is_late).
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS,
                   on_body_ ? 0L : static_cast<long>(options_.total_timeout.count()));
}

void CurlTransfer::prepare_callbacks() {
  curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, error_text_.data());
  curl_easy_setopt(handle_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &CurlTransfer::header_callback);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &CurlTransfer::body_callback);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  if (on_body_) {
    curl_easy_setopt(handle_, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle_, CURLOPT_XFERINFOFUNCTION, &CurlTransfer::progress_callback);
    curl_easy_setopt(handle_, CURLOPT_XFERINFODATA, this);
  }
}

Result<HttpResponse> CurlTransfer::outcome(CURLcode code) {
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  switch (stop_) {
    case Stop::asked:
      return std::move(response_);
    case Stop::too_large:
      return Error{ErrorCode::unavailable, "read the answer of " + host_ + ": larger than " +
                                               std::to_string(options_.response_limit) +
                                               " bytes, the limit here"};
    case Stop::failed:
      return Error{ErrorCode::internal, "read the answer of " + host_ + ": cannot take it in"};
    case Stop::none:
      break;
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    code = CURLE_OPERATION_TIMEDOUT;
  }
  if (code != CURLE_OK) {
    return curl_error(failure(code));
  }
  long version = 0;
  curl_easy_getinfo(handle_, CURLINFO_HTTP_VERSION, &version);
  if (options_.version == HttpClientOptions::Version::http_2 && version != CURL_HTTP_VERSION_2_0) {
    return Error{ErrorCode::unavailable, "request to " + host_ + ": it does not speak HTTP/2",
                 "a proxy or firewall on the way may have taken HTTP/2 away"};
  }
  return std::move(response_);
}

CurlFailure CurlTransfer::failure(CURLcode code) const {
  CurlFailure failure{.code = code, .host = host_, .text = error_text_.data()};
  failure.connected = was_connected();
  failure.tls = https_;
  failure.own_certificate = options_.certificate_pem.has_value();
  failure.own_roots = options_.ca_pem.has_value();
  curl_easy_getinfo(handle_, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
  curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &failure.os_errno);
  failure.timeout = failure.connected ? options_.total_timeout
                                      : std::min(options_.connect_timeout, options_.total_timeout);
  return failure;
}

void CurlTransfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    // Another head: after a 1xx or a redirect. Only the last one counts.
    response_.headers = {};
    head_complete_ = false;
    return;
  }
  if (trimmed(line).empty()) {
    head_complete_ = true;
    return;
  }
  const std::size_t colon = line.find(':');
  // Trailer fields come the same way, after the body: nobody asked for them.
  if (head_complete_ || colon == std::string_view::npos) {
    return;
  }
  response_.headers.add(std::string(trimmed(line.substr(0, colon))),
                        std::string(trimmed(line.substr(colon + 1))));
}

bool CurlTransfer::take_body(ByteView piece) {
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  if (on_body_ && status >= 200 && status < 300) {
    if (!on_body_(piece)) {
      stop_ = Stop::asked;
    }
    return stop_ == Stop::none;
  }
  if (piece.size() > options_.response_limit - response_.body.size()) {
    stop_ = Stop::too_large;
    return false;
  }
  response_.body.insert(response_.body.end(), piece.begin(), piece.end());
  return true;
}

bool CurlTransfer::answer_is_late() const {
  return !head_complete_ && std::chrono::steady_clock::now() - started_ > options_.total_timeout;
}

bool CurlTransfer::is_enough() {
  if (head_complete_ && stop_ == Stop::none) {
    take_body({});
  }
  return stop_ != Stop::none || answer_is_late();
}

// The three below are called from C: no exception may pass them.

std::size_t CurlTransfer::header_callback(char* data, std::size_t size, std::size_t count,
                                          void* self) {
  auto* const transfer = static_cast<CurlTransfer*>(self);
  try {
    transfer->take_header({data, size * count});
    return size * count;
  } catch (const std::exception&) {
    transfer->stop_ = Stop::failed;
    return 0;
  }
}

std::size_t CurlTransfer::body_callback(char* data, std::size_t size, std::size_t count,
                                        void* self) {
  auto* const transfer = static_cast<CurlTransfer*>(self);
  try {
    return transfer->take_body(as_bytes({data, size * count})) ? size * count : 0;
  } catch (const std::exception&) {
    transfer->stop_ = Stop::failed;
    return 0;
  }
}

int CurlTransfer::progress_callback(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto* const transfer = static_cast<CurlTransfer*>(self);
  try {
    return transfer->is_enough() ? 1 : 0;
  } catch (const std::exception&) {
    transfer->stop_ = Stop::failed;
    return 1;
  }
}

}  // namespace bramley
