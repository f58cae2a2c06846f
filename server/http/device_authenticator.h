#pragma once

#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/crypto/mdm_signature.h"
#include "core/mdm/device_identity.h"
#include "core/net/http_message.h"
#include "server/http/address_range.h"
#include "server/http/device_certificate_judge.h"

namespace bramley {

// A device's request whose sender is proven. Only DeviceAuthenticator makes one, so whoever holds
// one need not ask.
class AuthenticatedMessage {
 public:
  [[nodiscard]] const DeviceIdentity& device() const { return device_; }
  [[nodiscard]] const HttpRequest& request() const { return *request_; }
  [[nodiscard]] ByteView body() const { return request_->body; }

 private:
  friend class DeviceAuthenticator;
  AuthenticatedMessage(DeviceIdentity device, const HttpRequest& request)
      : device_(std::move(device)), request_(&request) {}
  DeviceIdentity device_;
  const HttpRequest* request_;  // outlives this: both live for one request
};

struct DeviceAuthenticatorOptions {
  TrustStore trust;
  // A header with the client certificate, believed only from these addresses. Empty: none.
  std::string certificate_header;
  std::vector<AddressRange> trusted_proxies;
  // How long after its end a certificate still identifies its device, marked as expired.
  std::chrono::seconds grace{0};
};

// Who sent this? In order: the certificate header of a trusted proxy, `Mdm-Signature`, the TLS
// client certificate. The first that is there decides; a bad one is not papered over by the next.
// Then the chain and the dates (mdm.md §1.5).
class DeviceAuthenticator {
 public:
  DeviceAuthenticator(DeviceAuthenticatorOptions options, const Clock& clock);

  // The message refers to `request`. malformed, unauthenticated: for the log; the device gets 400
  // for both.
  Result<AuthenticatedMessage> authenticate(const HttpRequest& request);
  // How much body to read: the sender's chain is known from the head alone, the signature only with
  // the body.
  std::uint64_t body_limit(const HttpRequest& head);
  // Judges by these authorities from now on; safe while requests are under way.
  void set_trust(TrustStore trust) { judge_.set_trust(std::move(trust)); }

 private:
  Result<Certificate> identify(const HttpRequest& request);
  // The same for one that has just expired.
  Result<Certificate> identify_expired(const HttpRequest& request) const;
  [[nodiscard]] std::optional<std::string_view> proxy_header(const HttpRequest& request) const;

  const DeviceAuthenticatorOptions options_;
  const Clock& clock_;
  DeviceCertificateJudge judge_;
  MdmSignatureVerifier signatures_;
};

}  // namespace bramley
