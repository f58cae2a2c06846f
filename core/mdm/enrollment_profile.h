#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret_bytes.h"
#include "core/crypto/certificate.h"

namespace bramley {

// Who enrolls (Apple, "MDM" payload: EnrollmentMode). by_profile: somebody installs the profile,
// and the key is left out. The others are account-driven and need the account.
enum class EnrollmentMode { by_profile, byod, adde };

// Whether devices take the server's certificate from `tls_roots` only, whatever else they trust.
enum class TlsPinning { off, on };

// What goes into a `.mobileconfig` that enrolls a device: a SCEP payload and an MDM payload (Apple,
// "MDM" and "SCEP" profile payloads).
struct EnrollmentProfileTerms {
  std::string organization;
  // https://host[:port]
  std::string server_url;
  // Where devices report: server_url and this. A query is allowed.
  std::string mdm_path = "/mdm";
  // Where they check in, in full; empty: where they report.
  std::string check_in_url;
  // Defaults to server_url + "/scep".
  std::string scep_url;
  std::string topic;
  // For trying things out before there is a push certificate: real devices refuse an empty topic.
  bool allow_empty_topic = false;
  std::optional<SecretBytes> scep_challenge;
  // SHA-256 of the SCEP CA goes into CAFingerprint when given.
  std::optional<Certificate> scep_ca;
  // Roots that devices must trust for TLS, each a com.apple.security.root payload.
  std::vector<Certificate> tls_roots;
  TlsPinning tls_pinning = TlsPinning::off;
  // Subject of the device's request, as CN.
  std::string scep_subject_cn = "Bramley device";
  int key_bits = 2048;
  // Left out for BYOD, where Apple forbids it.
  int access_rights = 8191;
  bool sign_message = true;
  EnrollmentMode mode = EnrollmentMode::by_profile;
  std::string managed_apple_id;  // whose account it is, for the account-driven modes
  // Reverse-DNS prefix of the payload identifiers. The identifiers are stable for one server URL;
  // the UUIDs too (derived), so that an update replaces.
  std::string identifier = "org.bramley.enrollment";
};

// The XML of the profile. malformed, with a hint: no topic (unless allowed), a server URL that is
// not https (or http on loopback), a query in the SCEP URL, AccessRights that break Apple's rules
// (never 0; 2 needs 1; 128 needs 64), a TLS root that is none, an account without a mode or the
// reverse, text that XML cannot carry.
Result<Bytes> make_enrollment_profile(const EnrollmentProfileTerms& terms);

// What a device reads out of such a profile: for simulated devices and for checks.
struct EnrollmentProfileContent {
  std::string server_url;    // the whole MDM URL
  std::string check_in_url;  // empty: the same
  std::string topic;
  std::string scep_url;
  std::string scep_name;
  std::string scep_challenge;
  Bytes scep_ca_fingerprint;
  std::vector<std::pair<std::string, std::string>> scep_subject;
  int key_bits = 1024;
  // 0: the key is absent.
  int access_rights = 0;
  bool sign_message = false;
  bool check_out_when_removed = false;
  std::vector<std::string> capabilities;
  std::string enrollment_mode;  // as it is written there; empty: absent
  std::vector<Certificate> tls_roots;
};
// Accepts a plain or a CMS-signed profile: the signature must hold, whose it is is not judged.
// malformed: not a profile, or not exactly one MDM and one SCEP payload in it.
Result<EnrollmentProfileContent> read_enrollment_profile(ByteView profile);

}  // namespace bramley
