#include "cli/api_client.h"

#include <nlohmann/json.hpp>

#include "cli/flag_reader.h"
#include "core/base/encoding.h"

namespace bramley {
namespace {

constexpr std::string_view json_type = "application/json";

bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

std::string_view media_type(const HttpResponse& response) {
  const std::string_view value = response.headers.find("Content-Type").value_or("");
  const std::string_view type = value.substr(0, value.find(';'));
  return type.substr(0, type.find(' '));
}

bool is_json(std::string_view type) {
  return type == json_type || type.ends_with("+json");
}

// Statuses that come without a problem document of ours: from proxies, or from other servers.
ErrorCode code_of_status(int status) {
  switch (status) {
    case 401:
      return ErrorCode::unauthenticated;
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    case 405:
    case 501:
      return ErrorCode::unsupported;
    default:
      return status >= 400 && status < 500 ? ErrorCode::malformed : ErrorCode::unavailable;
  }
}

ErrorCode code_of_name(const std::string& name, int status) {
  for (const ErrorCode code :
       {ErrorCode::malformed, ErrorCode::unauthenticated, ErrorCode::forbidden,
        ErrorCode::not_found, ErrorCode::conflict, ErrorCode::unsupported, ErrorCode::unavailable,
        ErrorCode::internal}) {
    if (name == error_code_name(code)) {
      return code;
    }
  }
  return code_of_status(status);
}

std::string described(const HttpResponse& response) {
  constexpr std::size_t shown = 60;
  const std::string_view type = media_type(response);
  std::string text = std::to_string(response.status);
  if (const std::string_view reason = reason_phrase(response.status); !reason.empty()) {
    text += " " + std::string(reason);
  }
  text += type.empty() ? " without a content type" : " with " + std::string(type);
  if (!response.body.empty()) {
    text += ": " + in_quotes(as_text(
                       ByteView(response.body).first(std::min(response.body.size(), shown * 4))));
  }
  return text;
}

// What servers answer, in their own words, when they are asked without TLS where they want it.
bool expects_tls(std::string_view base_url, const HttpResponse& response) {
  const std::string_view said = as_text(response.body);
  return base_url.starts_with("http://") && response.status == 400 &&
         (said.find("HTTPS") != std::string_view::npos ||
          said.find("SSL") != std::string_view::npos);
}

std::string_view host_of(std::string_view url) {
  const std::size_t start = url.find("://") + 3;
  return url.substr(start, url.find('/', start) - start);
}

}  // namespace

ApiPath& ApiPath::segment(std::string_view text) {
  path += "/" + encode_percent(text);
  return *this;
}

ApiPath& ApiPath::parameter(std::string_view name, std::string_view value) {
  if (!value.empty()) {
    path += path.find('?') == std::string::npos ? "?" : "&";
    path += encode_percent(name) + "=" + encode_percent(value);
  }
  return *this;
}

ApiClient::ApiClient(std::unique_ptr<HttpClient> http, std::string base_url, SecretBytes token)
    : http_(std::move(http)), base_url_(std::move(base_url)), token_(std::move(token)) {}

void ApiClient::add_credentials(HttpRequest& request, bool ours) const {
  if (!token_.empty()) {
    const std::string token(token_.reveal_text());
    request.headers.add(
        "Authorization",
        ours ? "Bearer " + token : "Basic " + encode_base64(as_bytes("bramley:" + token)));
  }
}

Error ApiClient::unreachable(Error error, const std::string& doing) const {
  if (explain_ && error.code == ErrorCode::unauthenticated) {
    error = explain_(std::move(error));
  }
  if (error.hint.empty() && error.code == ErrorCode::unauthenticated) {
    error.hint = "trust the server's CA with --ca-file FILE";
  } else if (error.hint.empty() && error.code == ErrorCode::unavailable) {
    error.hint = "is the server running, and is " + base_url_ + " its address?";
  }
  return std::move(error).while_doing(doing);
}

Result<HttpResponse> ApiClient::send(const std::string& method, const std::string& target,
                                     Bytes body, const std::string& content_type) {
  HttpRequest request;
  request.method = method;
  request.target = base_url_ + target;
  add_credentials(request, target.starts_with("/api/"));
  if (!content_type.empty()) {
    request.headers.add("Content-Type", content_type);
  }
  request.headers.add("Accept", "application/json, application/problem+json, */*;q=0.5");
  request.body = std::move(body);
  auto response = http_->send(request);
  if (!response) {
    return unreachable(std::move(response).error(),
                       method + " " + target.substr(0, target.find('?')));
  }
  return response;
}

Status ApiClient::stream(const ApiPath& path, HttpHeaders headers,
                         const std::function<bool(ByteView)>& on_body) {
  HttpRequest request;
  request.method = "GET";
  request.target = base_url_ + path.path;
  request.headers = std::move(headers);
  add_credentials(request, true);
  auto response = http_->stream(request, on_body);
  if (!response) {
    return unreachable(std::move(response).error(),
                       "GET " + path.path.substr(0, path.path.find('?')));
  }
  if (!is_success(*response)) {
    return error_of("GET", path.path, *response);
  }
  if (media_type(*response) != "text/event-stream") {
    return Error{ErrorCode::unsupported, "GET " + path.path.substr(0, path.path.find('?')) +
                                             ": the server answered no events"};
  }
  return {};
}

Error ApiClient::error_of(const std::string& method, const std::string& target,
                          const HttpResponse& response) const {
  const std::string doing = method + " " + target.substr(0, target.find('?'));
  const auto problem =
      is_json(media_type(response)) ? parse_json(as_text(response.body)) : Result<Json>(Error{});
  std::string detail = problem ? text_member(*problem, "detail") : std::string();
  if (detail.empty() && problem) {
    detail = text_member(*problem, "title");
  }
  Error error{code_of_status(response.status), {}};
  if (detail.empty()) {
    error.message = doing + ": the server answered " + described(response);
    error.hint = expects_tls(base_url_, response)
                     ? "that port speaks TLS: try https:// in place of http://"
                     : "is " + base_url_ + " a bramley server?";
  } else {
    error.code = code_of_name(text_member(*problem, "code"), response.status);
    error.message = detail;
    error.hint = text_member(*problem, "hint");
  }
  if (response.status == 401) {
    error.code = ErrorCode::unauthenticated;
    error.hint = token_.empty() ? "give the API key or a token with --token REF or BRAMLEY_TOKEN"
                                : "the key is not the one of " + std::string(host_of(base_url_)) +
                                      ", or the token has expired or was revoked";
  }
  return error;
}

Result<Json> ApiClient::json_of(const std::string& method, const std::string& target,
                                const HttpResponse& response) const {
  if (!is_success(response)) {
    return error_of(method, target, response);
  }
  if (response.body.empty()) {
    return Json();
  }
  if (is_json(media_type(response))) {
    if (auto document = parse_json(as_text(response.body))) {
      return document;
    }
  }
  return Error{ErrorCode::unavailable,
               method + " " + target.substr(0, target.find('?')) +
                   ": the server answered no JSON but " + described(response),
               "is " + base_url_ + " a bramley server?"};
}

Result<Json> ApiClient::get(const ApiPath& path) {
  TRY_ASSIGN(const HttpResponse response, send("GET", path.path, {}, {}));
  return json_of("GET", path.path, response);
}

Result<Json> ApiClient::post(const ApiPath& path, const Json& body) {
  TRY_ASSIGN(const HttpResponse response,
             send("POST", path.path, to_bytes(write_json(body, -1)), std::string(json_type)));
  return json_of("POST", path.path, response);
}

Result<Json> ApiClient::patch(const ApiPath& path, const Json& body) {
  TRY_ASSIGN(const HttpResponse response,
             send("PATCH", path.path, to_bytes(write_json(body, -1)), std::string(json_type)));
  return json_of("PATCH", path.path, response);
}

Result<Json> ApiClient::remove(const ApiPath& path) {
  TRY_ASSIGN(const HttpResponse response, send("DELETE", path.path, {}, {}));
  return json_of("DELETE", path.path, response);
}

Result<std::string> ApiClient::page(const ApiPath& path, const std::string& plural,
                                    std::size_t limit, const std::string& cursor,
                                    const std::function<void(const Json&)>& on_items) {
  ApiPath page = path;
  page.parameter("limit", std::to_string(limit)).parameter("cursor", cursor);
  TRY_ASSIGN(const Json document, get(page));
  const auto items = document.is_object() ? document.find(plural) : document.end();
  if (items == document.end() || !items->is_array()) {
    return Error{ErrorCode::unavailable, "GET " + path.path.substr(0, path.path.find('?')) +
                                             ": the answer has no '" + plural + "'"};
  }
  on_items(*items);
  std::string next = text_member(document, "next_cursor");
  if (!next.empty() && next == cursor) {
    return Error{ErrorCode::unavailable,
                 "GET " + path.path + ": the server's list does not go on: it repeats a page"};
  }
  return next;
}

Status ApiClient::each_page(const ApiPath& path, const std::string& plural,
                            const std::function<bool(const Json&)>& on_items) {
  std::string cursor;
  bool more = true;
  do {
    TRY_ASSIGN(cursor, page(path, plural, page_size, cursor,
                            [&](const Json& items) { more = on_items(items); }));
  } while (more && !cursor.empty());
  return {};
}

Result<std::string> check_base_url(std::string_view url) {
  if (url.find('@') != std::string_view::npos) {
    // Not repeated: a password may stand before it.
    return Error{ErrorCode::malformed, "the server's URL may have no user name or password",
                 "the key goes into --token or BRAMLEY_TOKEN"};
  }
  const bool https = url.starts_with("https://");
  if (!https && !url.starts_with("http://")) {
    return Error{ErrorCode::malformed,
                 "the server's URL must begin with https:// or http://: " + in_quotes(url),
                 "write it as https://mdm.example.com"};
  }
  if (url.find_first_of("?# ") != std::string_view::npos) {
    return Error{ErrorCode::malformed,
                 "the server's URL may have no spaces, query or fragment: " + in_quotes(url)};
  }
  while (url.ends_with("/")) {
    url.remove_suffix(1);
  }
  if (url.size() <= std::string_view(https ? "https://" : "http://").size()) {
    return Error{ErrorCode::malformed, "the server's URL has no host"};
  }
  return std::string(url);
}

}  // namespace bramley
