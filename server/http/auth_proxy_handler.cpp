#include "server/http/auth_proxy_handler.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/base/turn.h"
#include "server/http/limits.h"

namespace bramley {
namespace {

constexpr std::string_view root = "/authproxy";
// How often a server behind might decode a path: more is nobody's honest request.
constexpr int most_decodings = 4;

// RFC 9110 §7.6.1 and what older peers use so.
constexpr std::array hop_by_hop = {"Connection",
                                   "Keep-Alive",
                                   "Proxy-Connection",
                                   "Proxy-Authenticate",
                                   "Proxy-Authorization",
                                   "TE",
                                   "Trailer",
                                   "Transfer-Encoding",
                                   "Upgrade"};

// One that some server takes for "." or "..": parameters after ';' do not change that.
bool is_dots(std::string_view segment) {
  segment = segment.substr(0, segment.find(';'));
  return segment == "." || segment == "..";
}

bool climbs(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (is_dots(path.substr(0, slash))) {
      return true;
    }
    if (slash == std::string_view::npos) {
      return false;
    }
    path.remove_prefix(slash + 1);
  }
}

bool has_controls(std::string_view path) {
  return std::ranges::any_of(path, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

Error leads_out() {
  return {ErrorCode::malformed, "the path leads out of the target, or could"};
}

void remove_hops(HttpHeaders& headers) {
  std::vector<std::string> named;
  for (const auto& [name, value] : headers.fields()) {
    if (!equal_ignoring_case(name, "Connection")) {
      continue;
    }
    std::string_view rest = value;
    while (!rest.empty()) {
      std::string_view word = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      word.remove_prefix(std::min(word.find_first_not_of(" \t"), word.size()));
      named.emplace_back(word.substr(0, word.find_first_of(" \t")));
    }
  }
  for (const std::string& name : named) {
    headers.remove(name);
  }
  for (const char* name : hop_by_hop) {
    headers.remove(name);
  }
  headers.remove("Content-Length");  // told anew, of what was read
}

// To servers behind CGI and WSGI, X_Enrollment_ID is X-Enrollment-ID: that one is ours to say.
void remove_lookalikes(HttpHeaders& headers) {
  std::vector<std::string> alike;
  for (const auto& [name, value] : headers.fields()) {
    std::string dashed = name;
    std::ranges::replace(dashed, '_', '-');
    if (equal_ignoring_case(dashed, "X-Enrollment-ID") ||
        equal_ignoring_case(dashed, "X-Trace-ID")) {
      alike.push_back(name);
    }
  }
  for (const std::string& name : alike) {
    headers.remove(name);
  }
}

}  // namespace

Result<std::string> auth_proxy_path(std::string_view raw_path) {
  const std::string_view rest = raw_path.substr(std::min(raw_path.size(), root.size()));
  const auto slashes = std::ranges::count(rest, '/');
  std::string path(rest);
  for (int i = 0; i < most_decodings; ++i) {
    if (climbs(path) || has_controls(path) || path.find('\\') != std::string::npos ||
        std::ranges::count(path, '/') != slashes) {
      return leads_out();
    }
    auto decoded = decode_percent(path);
    if (!decoded && i == 0) {
      return std::move(decoded).error().while_doing("read the path");
    }
    if (!decoded || *decoded == path) {
      return std::string(rest);
    }
    path = *std::move(decoded);
  }
  return leads_out();
}

HttpClientOptions AuthProxyHandler::http_options(std::chrono::milliseconds longest) {
  HttpClientOptions options;
  options.connect_timeout =
      std::min<std::chrono::milliseconds>(limits::auth_proxy_connect, longest);
  options.total_timeout = longest;
  options.response_limit = limits::auth_proxy_body;
  return options;
}

AuthProxyHandler::AuthProxyHandler(Dependencies dependencies) : with_(std::move(dependencies)) {
  while (with_.target.ends_with('/')) {
    with_.target.pop_back();
  }
}

std::uint64_t AuthProxyHandler::body_limit(const HttpRequest& head) {
  return std::min<std::uint64_t>(with_.authenticator.body_limit(head), limits::auth_proxy_body);
}

HttpResponse AuthProxyHandler::handle(const HttpRequest& request) {
  const auto device_id = device_behind(request);
  if (!device_id) {
    const bool ours = device_id.error().code == ErrorCode::unavailable ||
                      device_id.error().code == ErrorCode::internal;
    return refusal(request, ours ? 503 : 400, device_id.error());
  }
  const auto forwarded = request_for(request, *device_id);
  if (!forwarded) {
    return refusal(request, 400, forwarded.error());
  }
  const Turn turn(free_);
  if (!turn.is_mine()) {
    return refusal(request, 503, Error{ErrorCode::unavailable, "too many requests are under way"});
  }
  auto answer = with_.http->send(*forwarded);
  if (!answer) {
    return refusal(request, 502, answer.error());
  }
  HttpResponse response = *std::move(answer);
  const auto length = response.headers.find("Content-Length");
  const std::string of_the_body(length.value_or(""));
  remove_hops(response.headers);
  if (request.method == "HEAD" && length) {
    response.headers.set("Content-Length", of_the_body);
  }
  response.headers.remove("X-Trace-Id");  // ours is added
  return response;
}

Result<std::string> AuthProxyHandler::device_behind(const HttpRequest& request) {
  TRY_ASSIGN(const auto message, with_.authenticator.authenticate(request));
  if (message.device().is_expired) {
    return Error{ErrorCode::unauthenticated,
                 "the certificate is past its time (--identity-grace lets it be renewed only)"};
  }
  const auto& fingerprint = message.device().fingerprint();
  TRY_ASSIGN(const auto device_id, with_.store.certificates().device_of(fingerprint));
  if (!device_id) {
    return Error{ErrorCode::unauthenticated,
                 "certificate " + fingerprint.hex() + " is not bound to any device"};
  }
  TRY_ASSIGN(const auto device, with_.store.enrollments().find(*device_id));
  if (!device || device->state == EnrollmentState::checked_out ||
      device->dismissal != Dismissal::none) {
    return Error{ErrorCode::unauthenticated, *device_id + " is not enrolled any more"};
  }
  return *device_id;
}

Result<HttpRequest> AuthProxyHandler::request_for(const HttpRequest& request,
                                                  const std::string& device_id) const {
  TRY_ASSIGN(const auto path, auth_proxy_path(request.raw_path()));
  HttpRequest forwarded;
  forwarded.method = request.method;
  forwarded.target = with_.target + path;
  if (const auto query = request.raw_query(); !query.empty()) {
    forwarded.target.append("?").append(query);
  }
  forwarded.headers = request.headers;
  remove_hops(forwarded.headers);
  for (const char* name : {"Host", "Expect", "Mdm-Signature", "X-Enrollment-ID"}) {
    forwarded.headers.remove(name);
  }
  const std::string trace(request.headers.find("X-Trace-Id").value_or(""));
  remove_lookalikes(forwarded.headers);
  forwarded.headers.set("X-Trace-ID", trace);
  forwarded.headers.set("X-Enrollment-ID", device_id);
  forwarded.body = request.body;
  return forwarded;
}

HttpResponse AuthProxyHandler::refusal(const HttpRequest& request, int status, const Error& error) {
  const auto trace = request.headers.find("X-Trace-Id");
  with_.log.refusal(status >= 500 ? LogLevel::error : LogLevel::warn,
                    "request to the authenticated proxy refused", request.peer.address,
                    {{"trace_id", std::string(trace.value_or(""))},
                     {"peer", request.peer.address},
                     {"status", std::to_string(status)},
                     {"cause", error.message}});
  HttpResponse response;
  response.status = status;
  return response;
}

}  // namespace bramley
