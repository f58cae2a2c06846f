#include "core/scep/scep_message.h"

#include "core/crypto/issuer_and_subject.h"
#include "core/scep/scep_attributes.h"

namespace bramley {
namespace {

// What no SCEP client of today sends; anything without a readable number becomes this.
constexpr int no_message_type = -1;

ScepRefusal unreadable_content(Error error) {
  return {ScepFailInfo::bad_message_check, "the message cannot be opened",
          std::move(error).while_doing("open SCEP request")};
}

std::variant<ScepContent, ScepRefusal> parse_content(ScepMessageType type, OpenedEnvelope opened) {
  switch (type) {
    case ScepMessageType::pkcs_req:
    case ScepMessageType::renewal_req:
    case ScepMessageType::update_req: {
      auto request = CertificateRequest::from_der(opened.content);
      if (!request) {
        return unreadable_content(std::move(request).error());
      }
      return ScepContent{*std::move(request), {}, opened.cipher};
    }
    case ScepMessageType::cert_poll: {
      auto names = IssuerAndSubject::from_der(opened.content);
      if (!names) {
        return unreadable_content(std::move(names).error());
      }
      return ScepContent{std::nullopt, std::move(opened.content), opened.cipher};
    }
    case ScepMessageType::cert_rep:
    case ScepMessageType::get_cert:
    case ScepMessageType::get_crl:
      break;
  }
  return unreadable_content({ErrorCode::unsupported, "a message type without a known content"});
}

// What every CertRep says.
SigningTerms reply_terms(const ScepRequest& request, ScepStatus status,
                         const ScepResponder& responder) {
  constexpr std::size_t nonce_size = 16;
  const DigestAlgorithm digest = request.message.digest();
  SigningTerms terms;
  terms.digest = digest == DigestAlgorithm::other ? DigestAlgorithm::sha256 : digest;
  terms.signing_time = responder.now;
  terms.attributes = {
      scep_text(scep_message_type_oid, std::to_string(static_cast<int>(ScepMessageType::cert_rep))),
      scep_text(scep_pki_status_oid, std::to_string(static_cast<int>(status))),
      scep_text(scep_transaction_id_oid, request.transaction_id),
      scep_octets(scep_recipient_nonce_oid, request.sender_nonce),
      scep_octets(scep_sender_nonce_oid, random_bytes(responder.random, nonce_size)),
  };
  return terms;
}

}  // namespace

Result<ScepRequest> parse_scep_request(ByteView der) {
  auto message = SignedMessage::verify(der);
  if (!message) {
    return std::move(message).error().while_doing("read SCEP request");
  }
  auto transaction_id = read_scep_text(*message, scep_transaction_id_oid);
  if (!transaction_id) {
    return Error{ErrorCode::malformed, "read SCEP request: no usable transactionID"};
  }
  auto nonce = read_scep_nonce(*message, scep_sender_nonce_oid);
  if (!nonce) {
    return Error{ErrorCode::malformed, "read SCEP request: no usable senderNonce"};
  }
  const int type = read_scep_number(*message, scep_message_type_oid).value_or(no_message_type);
  return ScepRequest{static_cast<ScepMessageType>(type), *std::move(transaction_id),
                     *std::move(nonce), *std::move(message)};
}

std::variant<ScepContent, ScepRefusal> open_scep_content(const ScepRequest& request,
                                                         const LocalCertificateAuthority& authority,
                                                         SingleDes single_des) {
  if (request.message.digest() == DigestAlgorithm::other) {
    return ScepRefusal{ScepFailInfo::bad_alg, "digest not supported",
                       Error{ErrorCode::unsupported, "open SCEP request: digest not supported"}};
  }
  auto opened = open_envelope(request.message.content(), authority.certificate(), authority.key(),
                              single_des);
  if (opened) {
    return parse_content(request.type, *std::move(opened));
  }
  if (opened.error().code == ErrorCode::unsupported) {
    return ScepRefusal{ScepFailInfo::bad_alg, "cipher not supported",
                       std::move(opened).error().while_doing("open SCEP request")};
  }
  return unreadable_content(std::move(opened).error());
}

Result<Bytes> make_scep_success(const ScepRequest& request, const Certificate& issued,
                                ContentCipher cipher, const ScepResponder& responder) {
  // Only the issued certificate: Apple takes the first one (scep-dep trap 2).
  TRY_ASSIGN(const Bytes certificates, make_certificates_only({issued}));
  TRY_ASSIGN(const Bytes envelope,
             seal_envelope(certificates, request.message.signer(), cipher, responder.single_des));
  return sign_message(envelope, responder.authority.certificate(), responder.authority.key(),
                      reply_terms(request, ScepStatus::success, responder));
}

Result<Bytes> make_scep_failure(const ScepRequest& request, ScepFailInfo fail_info,
                                std::string_view text, const ScepResponder& responder) {
  SigningTerms terms = reply_terms(request, ScepStatus::failure, responder);
  terms.attributes.push_back(
      scep_text(scep_fail_info_oid, std::to_string(static_cast<int>(fail_info))));
  terms.attributes.push_back(scep_utf8(scep_fail_info_text_oid, text));
  return sign_message({}, responder.authority.certificate(), responder.authority.key(), terms);
}

}  // namespace bramley
