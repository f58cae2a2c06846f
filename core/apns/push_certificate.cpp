#include "core/apns/push_certificate.h"

namespace bramley {
namespace {

constexpr std::string_view topic_prefix = "com.apple.mgmt.";
constexpr std::string_view vendor_marker = "1.2.840.113635.100.4.12";
constexpr std::string_view app_push_arc = "1.2.840.113635.100.6.3";

bool has_topic(const Certificate& certificate) {
  const auto user_id = certificate.user_id();
  return user_id && user_id->size() > topic_prefix.size() && user_id->starts_with(topic_prefix);
}

Error not_a_push_certificate(std::string what) {
  return {
      ErrorCode::malformed, std::move(what),
      "it is the MDM_….pem that Apple's push certificate portal (identity.apple.com) gives out"};
}

}  // namespace

AppleCertificateKind apple_certificate_kind(const Certificate& certificate) {
  if (certificate.has_extension(vendor_marker)) {
    return AppleCertificateKind::mdm_vendor;
  }
  // An MDM push certificate has extensions of the app's arc too: the topic tells them apart.
  if (has_topic(certificate)) {
    return AppleCertificateKind::mdm_push;
  }
  return certificate.has_extension_below(app_push_arc) ? AppleCertificateKind::app_push
                                                       : AppleCertificateKind::other;
}

Result<std::string> push_topic(const Certificate& certificate) {
  switch (apple_certificate_kind(certificate)) {
    case AppleCertificateKind::mdm_push:
      return *certificate.user_id();
    case AppleCertificateKind::mdm_vendor:
      return not_a_push_certificate(
          "this is an MDM vendor's signing certificate, not a push certificate");
    case AppleCertificateKind::app_push:
      return not_a_push_certificate("this is an app's push certificate, not one for MDM");
    case AppleCertificateKind::other:
      break;
  }
  return not_a_push_certificate(
      "its subject names no push topic (UID com.apple.mgmt.…), so it is no push certificate");
}

}  // namespace bramley
