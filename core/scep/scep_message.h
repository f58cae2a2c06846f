#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/crypto/certificate_request.h"
#include "core/crypto/enveloped_message.h"
#include "core/crypto/local_certificate_authority.h"
#include "core/crypto/signed_message.h"

namespace bramley {

// RFC 8894 §3.2.1.2. Values not listed are kept as numbers.
enum class ScepMessageType : int {
  cert_rep = 3,
  renewal_req = 17,
  update_req = 18,
  pkcs_req = 19,
  cert_poll = 20,
  get_cert = 21,
  get_crl = 22
};
// RFC 8894 §3.2.1.4.
enum class ScepFailInfo : int {
  bad_alg = 0,
  bad_message_check = 1,
  bad_request = 2,
  bad_time = 3,
  bad_cert_id = 4
};
enum class ScepStatus : int { success = 0, failure = 2, pending = 3 };

// The outside of a request: signed, but whoever signed it has proven only that they hold some key.
struct ScepRequest {
  ScepMessageType type;
  std::string transaction_id;  // 1 to 255 printable ASCII characters
  Bytes sender_nonce;          // 1 to 64 bytes: Apple has sent 8
  SignedMessage message;       // signer(), digest()
};

// malformed: no CertRep can be made (not signed data, no transactionID, no nonce): answer HTTP 400.
// unauthenticated: the signature is wrong; still 400, for nothing in it can be trusted.
Result<ScepRequest> parse_scep_request(ByteView der);

// Why a request is refused. `text` becomes failInfoText: short, of static storage, and nothing
// about the inside; `error` is for the log.
struct ScepRefusal {
  ScepFailInfo fail_info;
  std::string_view text;
  Error error;
};

// The inside.
struct ScepContent {
  std::optional<CertificateRequest> request;  // PKCSReq, RenewalReq, UpdateReq
  Bytes issuer_and_subject;                   // CertPoll and the others: DER as it came
  ContentCipher cipher;                       // to answer with
};
// badAlg: a cipher or a digest that we do not take. badMessageCheck: all else, in the same words
// whether it does not decrypt or is not what the message type promises: who replays another's
// envelope, changed a little, must not learn which.
std::variant<ScepContent, ScepRefusal> open_scep_content(const ScepRequest& request,
                                                         const LocalCertificateAuthority& authority,
                                                         SingleDes single_des);

// Who answers, when, and with what.
struct ScepResponder {
  const LocalCertificateAuthority& authority;
  SingleDes single_des;
  Timestamp now;
  Random& random;
};
// Signed CertReps (HTTP 200). The reply to a request is encrypted to its signer's certificate, with
// its cipher and its digest (SHA-1 only where it used SHA-1); fresh 16-byte senderNonce.
Result<Bytes> make_scep_success(const ScepRequest& request, const Certificate& issued,
                                ContentCipher cipher, const ScepResponder& responder);
Result<Bytes> make_scep_failure(const ScepRequest& request, ScepFailInfo fail_info,
                                std::string_view text, const ScepResponder& responder);

}  // namespace bramley
