#pragma once

#include <string>

#include "core/crypto/certificate.h"

namespace bramley {

// Certificates of Apple's that are easily mistaken for each other.
enum class AppleCertificateKind {
  mdm_push,    // its subject's UID begins with com.apple.mgmt.
  app_push,    // an app's APNs certificate (extensions 1.2.840.113635.100.6.3.*)
  mdm_vendor,  // an MDM vendor's signing certificate (extension 1.2.840.113635.100.4.12)
  other,
};
AppleCertificateKind apple_certificate_kind(const Certificate& certificate);

// The topic of an MDM push certificate: the UID of its subject, com.apple.mgmt.External.… .
// malformed, with a hint that says which file is wanted: it is none. Validity is not judged.
Result<std::string> push_topic(const Certificate& certificate);

}  // namespace bramley
