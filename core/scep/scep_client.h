#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/net/http_client.h"
#include "core/scep/scep_client_message.h"
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
  // For a CA that answers PENDING: how often to ask again, and after how long.
  int most_polls = 5;
  std::chrono::seconds poll_interval{2};
  // Waits that long; null: sleeps.
  std::function<void(std::chrono::seconds)> wait = nullptr;
};
struct ScepIdentity {
  Certificate certificate;
  Certificate authority;
};

class ScepClient {
 public:
  ScepClient(HttpClient& http, const Clock& clock, Random& random)
      : http_(http), clock_(clock), random_(random) {}
  // First enrollment: signs with a temporary self-signed certificate. forbidden: the CA refused,
  // with its failInfo. unauthenticated: not the CA that was expected, or a reply that is not its
  // own, not to this request, or not for this key. unavailable: no answer, or still PENDING.
  // malformed: no SCEP.
  Result<ScepIdentity> enroll(const PrivateKey& key, const ScepClientTerms& terms);
  // Renewal: a new key, the request signed by the identity it replaces.
  Result<ScepIdentity> renew(const PrivateKey& key, const ScepClientTerms& terms,
                             const Certificate& old_certificate, const PrivateKey& old_key);

 private:
  // What the server said about itself.
  struct Server {
    std::vector<Certificate> certificates;
    Certificate authority;
    Certificate recipient;  // what requests are sealed for
    bool post = false;
    ContentCipher cipher = ContentCipher::des_ede3_cbc;
    DigestAlgorithm digest = DigestAlgorithm::sha1;
  };
  // Who signs the requests: the temporary certificate, or the identity to be replaced.
  struct Signer {
    Certificate certificate;
    PrivateKey key;
  };

  Result<ScepIdentity> run(const PrivateKey& key, const ScepClientTerms& terms,
                           const Signer& signer);
  Result<Server> ask_server(const ScepClientTerms& terms);
  Status ask_capabilities(const ScepClientTerms& terms, Server& server);
  Result<ScepReply> request(const ScepClientTerms& terms, const Server& server,
                            const Signer& signer, const CertificateRequest& csr);
  Result<ScepReply> exchange(const ScepClientTerms& terms, const Server& server,
                             const Signer& signer, ByteView content,
                             const ScepRequestTerms& message);
  Result<HttpResponse> get(const ScepClientTerms& terms, std::string_view query);
  Result<HttpResponse> send(const ScepClientTerms& terms, const Server& server, Bytes message);

  HttpClient& http_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace bramley
