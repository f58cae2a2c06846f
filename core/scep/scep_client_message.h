#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/scep/scep_message.h"

namespace bramley {

// The client's half of the messages: requests out, CertReps in.

struct ScepRequestTerms {
  ScepMessageType type = ScepMessageType::pkcs_req;
  std::string transaction_id;
  Bytes sender_nonce;
  ContentCipher cipher = ContentCipher::aes_128_cbc;
  DigestAlgorithm digest = DigestAlgorithm::sha256;
  Timestamp signing_time;
};
// `content` (a certification request, an IssuerAndSubject) sealed for `recipient` and signed.
Result<Bytes> make_scep_request(ByteView content, const Certificate& recipient,
                                const Certificate& signer, const PrivateKey& key,
                                const ScepRequestTerms& terms);

struct ScepReply {
  ScepStatus status;
  std::optional<ScepFailInfo> fail_info;
  std::string fail_info_text;
  std::optional<Certificate> certificate;  // of a success: the first one
};
// What a reply must fit to be believed.
struct ScepExpectation {
  std::string transaction_id;
  Bytes sender_nonce;
  // One of these must have signed: exactly the certificates that GetCACert delivered.
  std::vector<Certificate> authorities;
};
// malformed: no CertRep. unauthenticated: signed by somebody else, or the answer to another
// request.
Result<ScepReply> parse_scep_reply(ByteView der, const ScepExpectation& expected,
                                   const Certificate& recipient, const PrivateKey& key);

// "badRequest", …; the number for one that RFC 8894 does not know.
std::string scep_fail_info_name(ScepFailInfo fail_info);

}  // namespace bramley
