#include "server/credentials/push_identity.h"

#include <algorithm>

#include "core/apns/push_certificate.h"

namespace bramley {
namespace {

Error no_certificate(const KeyMaterial& material) {
  return {ErrorCode::malformed,
          !material.requests.empty() ? "it holds a certificate request, and not the certificate "
                                       "that Apple made of it"
                                     : "it holds a private key, and no certificate",
          "the certificate is the MDM_….pem that Apple's push certificate portal "
          "(identity.apple.com) gives out"};
}

}  // namespace

std::optional<PrivateKey> key_of(const Certificate& certificate,
                                 const std::vector<PrivateKey>& keys) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&certificate](const PrivateKey& key) {
    return key.matches(certificate);
  });
  return found == keys.end() ? std::nullopt : std::optional(*found);
}

Result<std::vector<PushIdentity>> push_identities(const KeyMaterial& material) {
  if (material.certificates.empty()) {
    return no_certificate(material);
  }
  std::vector<PushIdentity> found;
  for (const Certificate& certificate : material.certificates) {
    const bool seen = std::any_of(found.begin(), found.end(), [&](const PushIdentity& other) {
      return other.certificate == certificate;
    });
    if (!seen && apple_certificate_kind(certificate) == AppleCertificateKind::mdm_push) {
      found.push_back({*certificate.user_id(), certificate, key_of(certificate, material.keys)});
    }
  }
  if (found.empty()) {
    // Says what the first one is instead.
    return push_topic(material.certificates.front()).error();
  }
  return found;
}

std::string push_fault(const PushIdentity& identity, Timestamp now) {
  if (now > identity.certificate.not_after()) {
    return "it expired on " + format_rfc3339(identity.certificate.not_after());
  }
  if (now < identity.certificate.not_before()) {
    return "it is not valid before " + format_rfc3339(identity.certificate.not_before());
  }
  return identity.key ? std::string() : "its key is missing";
}

}  // namespace bramley
