#include "core/net/curl_error.h"

#include <system_error>

namespace bramley {
namespace {

// Values of OpenSSL's X509_V_ERR_…, which libcurl hands out by number.
constexpr long certificate_not_yet_valid = 9;
constexpr long certificate_expired = 10;
constexpr long self_signed_leaf = 18;
constexpr long self_signed_in_chain = 19;
constexpr long issuer_not_found = 20;
constexpr long leaf_not_verifiable = 21;

std::string with_small_initial(std::string_view text) {
  std::string result(text);
  const bool one_capital = result.size() > 1 && result[0] >= 'A' && result[0] <= 'Z' &&
                           !(result[1] >= 'A' && result[1] <= 'Z');
  if (one_capital) {
    result[0] = static_cast<char>(result[0] - 'A' + 'a');
  }
  return result;
}

std::string cause(const CurlFailure& failure) {
  std::string_view text = failure.text.empty() ? curl_easy_strerror(failure.code) : failure.text;
  for (const std::string_view prefix : {"SSL certificate problem: ", "SSL: "}) {
    if (text.starts_with(prefix)) {
      text.remove_prefix(prefix.size());
    }
  }
  return with_small_initial(text);
}

std::string trust_hint(const CurlFailure& failure) {
  switch (failure.verify_result) {
    case self_signed_leaf:
    case self_signed_in_chain:
    case issuer_not_found:
    case leaf_not_verifiable:
      return "no CA we trust issued the server's certificate; name the right one with --ca-file "
             "FILE (PEM)";
    case certificate_expired:
    case certificate_not_yet_valid:
      return "renew the server's certificate, or set this machine's clock right";
    default:
      return "use one of the names in the server's certificate as the host";
  }
}

Error trust_error(const CurlFailure& failure) {
  return Error{ErrorCode::unauthenticated,
               "TLS handshake with " + failure.host + ": " + cause(failure), trust_hint(failure)};
}

Error roots_error(const CurlFailure& failure) {
  if (failure.own_roots) {
    return Error{ErrorCode::malformed, "read the trusted CA certificates: no certificate in PEM",
                 "give --ca-file a file with certificates in PEM"};
  }
  return Error{ErrorCode::unauthenticated,
               "TLS handshake with " + failure.host + ": this machine has no list of trusted CAs",
               "install ca-certificates, or name the server's CA with --ca-file FILE (PEM)"};
}

// TLS 1.3 tells us only with the first read that it does not take our certificate, so the alert can
// come out of any of libcurl's codes.
bool server_refused_us(const CurlFailure& failure) {
  if (failure.text.find("alert") == std::string_view::npos) {
    return false;
  }
  for (const std::string_view reason :
       {"certificate", "unknown ca", "access denied", "decrypt error"}) {
    if (failure.text.find(reason) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// What OpenSSL and libcurl say when the other end went away.
bool was_closed(const CurlFailure& failure) {
  for (const std::string_view words : {"unexpected eof", "reset by peer", "SSL_ERROR_SYSCALL"}) {
    if (failure.text.find(words) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

Error handshake_error(const CurlFailure& failure) {
  if (was_closed(failure)) {
    return Error{ErrorCode::unavailable,
                 "TLS handshake with " + failure.host + ": the server closed the connection",
                 "does it speak TLS on that port, and does a proxy or firewall stand before it?"};
  }
  Error error{ErrorCode::unavailable, "TLS handshake with " + failure.host + ": " + cause(failure)};
  if (failure.text.find("wrong version number") != std::string_view::npos) {
    error.hint = "that port may speak plain HTTP: try http:// in place of https://";
  }
  return error;
}

Error connect_error(const CurlFailure& failure) {
  const std::string reason =
      failure.os_errno != 0
          ? with_small_initial(std::generic_category().message(static_cast<int>(failure.os_errno)))
          : cause(failure);
  return Error{ErrorCode::unavailable, "connect to " + failure.host + ": " + reason,
               "check the address, and that the server is running"};
}

// Connected, and then nothing that is HTTP.
Error silence_error(const CurlFailure& failure) {
  return Error{ErrorCode::unavailable, "request to " + failure.host + ": " + cause(failure),
               failure.tls ? "the server closed the connection without an answer: its log may say "
                             "why, or a proxy's on the way"
                           : "that port may speak TLS: try https:// in place of http://"};
}

Error timeout_error(const CurlFailure& failure) {
  const std::string doing =
      failure.connected ? "wait for the answer of " + failure.host : "connect to " + failure.host;
  return Error{ErrorCode::unavailable,
               doing + ": no success within " + std::to_string(failure.timeout.count()) + " ms"};
}

}  // namespace

Error curl_error(const CurlFailure& failure) {
  if (server_refused_us(failure) && !failure.own_certificate) {
    return Error{ErrorCode::forbidden,
                 "TLS handshake with " + failure.host + ": the server wants a client certificate",
                 "we have none for it: use an address of the server where it wants none"};
  }
  if (server_refused_us(failure)) {
    return Error{ErrorCode::unauthenticated,
                 "TLS handshake with " + failure.host +
                     ": the server refused our certificate: " + cause(failure)};
  }
  switch (failure.code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return trust_error(failure);
    case CURLE_SSL_CACERT_BADFILE:
      return roots_error(failure);
    case CURLE_SSL_CERTPROBLEM:
      return Error{ErrorCode::malformed, "use the TLS client certificate: " + cause(failure)};
    case CURLE_SSL_CONNECT_ERROR:
      return handshake_error(failure);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Error{ErrorCode::unavailable, "look up " + failure.host + ": " + cause(failure),
                   "check the spelling of the host name"};
    case CURLE_COULDNT_CONNECT:
      return connect_error(failure);
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return silence_error(failure);
    case CURLE_OPERATION_TIMEDOUT:
      return timeout_error(failure);
    case CURLE_URL_MALFORMAT:
      return Error{ErrorCode::malformed, "request to " + failure.host + ": " + cause(failure)};
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
      return Error{ErrorCode::internal, "request to " + failure.host + ": " + cause(failure)};
    default:
      return Error{ErrorCode::unavailable, "request to " + failure.host + ": " + cause(failure)};
  }
}

}  // namespace bramley
