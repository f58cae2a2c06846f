#include "server/service/scep_checks.h"

#include <algorithm>

namespace bramley {

ScepRefusal refuse_scep(ScepFailInfo fail_info, std::string_view text, std::string_view cause) {
  return {fail_info, text, Error{ErrorCode::forbidden, std::string(cause.empty() ? text : cause)}};
}

std::optional<ScepRefusal> check_scep_outside(const ScepRequest& request, Timestamp now,
                                              std::chrono::hours tolerance) {
  if (request.message.digest() == DigestAlgorithm::other) {
    return refuse_scep(ScepFailInfo::bad_alg, "digest not supported");
  }
  const auto time = request.message.signing_time();
  if (time && (*time < now - tolerance || *time > now + tolerance)) {
    return refuse_scep(ScepFailInfo::bad_time, "signing time too far from ours",
                       "signed at " + format_rfc3339(*time));
  }
  if (const auto recipient = check_envelope_recipient(request.message.signer()); !recipient) {
    return refuse_scep(ScepFailInfo::bad_alg, "the signer's key is not RSA");
  }
  return std::nullopt;
}

std::optional<ScepRefusal> check_scep_csr(const CertificateRequest& csr, int min_key_bits) {
  constexpr int max_bits = 8192;
  constexpr std::size_t max_size = 16U << 10U;
  if (csr.der().size() > max_size) {
    return refuse_scep(ScepFailInfo::bad_request, "certification request too large");
  }
  if (!csr.has_rsa_key()) {
    return refuse_scep(ScepFailInfo::bad_alg, "key is not RSA");
  }
  const int bits = csr.public_key_bits();
  if (bits < min_key_bits || bits > max_bits) {
    return refuse_scep(ScepFailInfo::bad_alg,
                       bits < min_key_bits ? "key too short" : "key too long",
                       "a key of " + std::to_string(bits) + " bits");
  }
  if (auto proof = csr.verify_signature(); !proof) {
    return ScepRefusal{ScepFailInfo::bad_message_check, "no proof of possession",
                       std::move(proof).error()};
  }
  return std::nullopt;
}

std::optional<ScepRefusal> check_scep_newcomer(const ScepRequest& request, ByteView csr_key) {
  if (request.type == ScepMessageType::renewal_req) {
    return refuse_scep(ScepFailInfo::bad_message_check, "signer has no current identity");
  }
  // RFC 8894 §2.3 wants the temporary certificate to be of the same key. Macs sign with one under
  // this name and of a key of its own (seen in a request of 2016): for them the certification
  // request's own signature, checked before, is the proof.
  if (request.message.signer().common_name() == "MDM SCEP SIGNER") {
    return std::nullopt;
  }
  const Bytes signer_key = request.message.signer().public_key_der();
  if (!std::equal(signer_key.begin(), signer_key.end(), csr_key.begin(), csr_key.end())) {
    return refuse_scep(ScepFailInfo::bad_message_check, "signed with another key");
  }
  return std::nullopt;
}

}  // namespace bramley
