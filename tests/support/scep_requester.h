#pragma once

#include "core/scep/scep_client_message.h"
#include "tests/support/scep_fixture.h"

namespace bramley {

// A device that speaks SCEP message by message, and can be told to do it wrong.
struct ScepRequester {
  PrivateKey key = shared_test_key(0);  // to be certified
  Certificate signer = make_test_requester(shared_test_key(0));
  PrivateKey signer_key = shared_test_key(0);
  std::string common_name = "device";
  std::string challenge = {};
  ScepRequestTerms terms = {.type = ScepMessageType::pkcs_req,
                            .transaction_id = "T1",
                            .sender_nonce = Bytes(16, 7),
                            .cipher = ContentCipher::aes_128_cbc,
                            .digest = DigestAlgorithm::sha256,
                            .signing_time = FakeClock().now()};

  [[nodiscard]] CertificateRequest csr() const {
    const SecretBytes secret{std::string_view(challenge)};
    return make_certificate_request(key,
                                    {{{"CN", common_name}}, challenge.empty() ? nullptr : &secret})
        .value();
  }
  [[nodiscard]] Bytes message(ByteView content, const Certificate& authority) const {
    return make_scep_request(content, authority, signer, signer_key, terms).value();
  }
  [[nodiscard]] Bytes request(const Certificate& authority) const {
    return message(csr().der(), authority);
  }
  // The reply to the request with these terms.
  [[nodiscard]] Result<ScepReply> read(ByteView reply, const Certificate& authority) const {
    return parse_scep_reply(reply, {terms.transaction_id, terms.sender_nonce, {authority}}, signer,
                            signer_key);
  }
};

}  // namespace bramley
