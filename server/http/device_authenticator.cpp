#include "server/http/device_authenticator.h"

#include <algorithm>
#include <charconv>

#include "server/http/limits.h"
#include "server/http/proxy_certificate_header.h"

namespace bramley {
namespace {

constexpr std::string_view signature_header = "Mdm-Signature";

// Polls and most reports: allowed whoever sent them, so nothing need be decoded or judged to know.
bool announces_little(const HttpRequest& head) {
  std::uint64_t announced = UINT64_MAX;  // and stays so if there is no number
  if (const auto length = head.headers.find("Content-Length")) {
    std::from_chars(length->data(), length->data() + length->size(), announced);
  }
  return announced <= limits::unknown_device_body;
}

}  // namespace

DeviceAuthenticator::DeviceAuthenticator(DeviceAuthenticatorOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      judge_(options_.trust, limits::remembered_device_certificates),
      signatures_(limits::remembered_device_certificates) {}

Result<AuthenticatedMessage> DeviceAuthenticator::authenticate(const HttpRequest& request) {
  auto certificate = identify(request);
  if (certificate) {
    return AuthenticatedMessage(DeviceIdentity{*std::move(certificate)}, request);
  }
  if (options_.grace.count() > 0 && certificate.error().code == ErrorCode::unauthenticated) {
    if (auto expired = identify_expired(request)) {
      return AuthenticatedMessage(DeviceIdentity{*std::move(expired), true}, request);
    }
  }
  return std::move(certificate).error();
}

// Only for what identify() refused, so that one header each is there already.
Result<Certificate> DeviceAuthenticator::identify_expired(const HttpRequest& request) const {
  const Timestamp now = clock_.now();
  const TrustStore trust = judge_.trust();
  Bytes der;
  if (const auto header = proxy_header(request)) {
    TRY_ASSIGN(der, parse_proxy_certificate_header(*header));
  } else if (const auto signature = request.headers.find(signature_header)) {
    return MdmSignatureVerifier::verify_expired(*signature, request.body, trust, now,
                                                options_.grace);
  } else if (request.peer.certificate_der) {
    der = *request.peer.certificate_der;
  }
  if (der.size() > limits::device_certificate) {
    return Error{ErrorCode::malformed, "device certificate: too large"};
  }
  TRY_ASSIGN(auto certificate, Certificate::from_der(der));
  TRY_ASSIGN(const Timestamp then, last_moment(certificate, now, options_.grace));
  TRY(trust.verify(certificate, then));
  return certificate;
}

Result<Certificate> DeviceAuthenticator::identify(const HttpRequest& request) {
  const Timestamp now = clock_.now();
  if (const auto header = proxy_header(request)) {
    if (request.headers.count(options_.certificate_header) > 1) {
      return Error{ErrorCode::malformed, "more than one client certificate header"};
    }
    TRY_ASSIGN(const auto der, parse_proxy_certificate_header(*header));
    return judge_.judge(der, now);
  }
  if (request.headers.count(signature_header) > 1) {
    return Error{ErrorCode::malformed, "more than one Mdm-Signature header"};
  }
  if (const auto signature = request.headers.find(signature_header)) {
    return signatures_.verify(*signature, request.body, judge_.trust(), now);
  }
  if (request.peer.certificate_der) {
    return judge_.judge(*request.peer.certificate_der, now);
  }
  return Error{ErrorCode::unauthenticated, "no Mdm-Signature and no client certificate"};
}

std::uint64_t DeviceAuthenticator::body_limit(const HttpRequest& head) {
  if (announces_little(head)) {
    return limits::unknown_device_body;
  }
  const Timestamp now = clock_.now();
  if (const auto signature = head.headers.find(signature_header);
      signature && !proxy_header(head)) {
    return signatures_.trusted_claim(*signature, judge_.trust(), now) ? limits::device_body
                                                                      : limits::unknown_device_body;
  }
  return identify(head) ? limits::device_body : limits::unknown_device_body;
}

std::optional<std::string_view> DeviceAuthenticator::proxy_header(
    const HttpRequest& request) const {
  if (options_.certificate_header.empty()) {
    return std::nullopt;
  }
  const bool trusted =
      std::any_of(options_.trusted_proxies.begin(), options_.trusted_proxies.end(),
                  [&](const auto& range) { return range.contains(request.peer.address); });
  if (!trusted) {
    return std::nullopt;
  }
  return request.headers.find(options_.certificate_header);
}

}  // namespace bramley
