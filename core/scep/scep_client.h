#pragma once

#include <string>

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/net/http_client.h"
#include "core/scep/scep_message.h"

namespace bramley {

// The device's side of SCEP over HTTP, as Apple's: PKCSReq always (renewals too), AES or 3DES and
// the digest by GetCACaps, POST when offered.
struct ScepClientTerms {
  std::string url;
  std::string ca_name;  // GetCACert's message parameter; empty for none
  // SHA-256 (or another length's digest is refused) of the CA certificate; empty: not checked.
  Bytes ca_fingerprint;
  std::vector<NameAttribute> subject;
  const SecretBytes* challenge = nullptr;
};
struct ScepIdentity {
  Certificate certificate;
  Certificate authority;
};

class ScepClient {
 public:
  ScepClient(HttpClient& http, const Clock& clock, Random& random)
      : http_(http), clock_(clock), random_(random) {}
  // First enrollment: signs with a temporary self-signed certificate.
  Result<ScepIdentity> enroll(const PrivateKey& key, const ScepClientTerms& terms);
  // Renewal: a new key, the request signed by the identity it replaces.
  Result<ScepIdentity> renew(const PrivateKey& key, const ScepClientTerms& terms,
                             const Certificate& old_certificate, const PrivateKey& old_key);

 private:
  HttpClient& http_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace bramley
