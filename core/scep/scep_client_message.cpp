#include "core/scep/scep_client_message.h"

#include <algorithm>

#include "core/scep/scep_attributes.h"

namespace bramley {
namespace {

Status check_origin(const SignedMessage& message, const ScepExpectation& expected) {
  const auto& trusted = expected.authorities;
  if (std::find(trusted.begin(), trusted.end(), message.signer()) == trusted.end()) {
    return Error{ErrorCode::unauthenticated, "signed by somebody else than the CA"};
  }
  if (read_scep_number(message, scep_message_type_oid) !=
      static_cast<int>(ScepMessageType::cert_rep)) {
    return Error{ErrorCode::malformed, "not a CertRep"};
  }
  if (read_scep_text(message, scep_transaction_id_oid) != expected.transaction_id) {
    return Error{ErrorCode::unauthenticated, "another transaction"};
  }
  if (read_scep_nonce(message, scep_recipient_nonce_oid) != expected.sender_nonce) {
    return Error{ErrorCode::unauthenticated, "not the nonce that was sent"};
  }
  return {};
}

Result<ScepReply> read_failure(const SignedMessage& message) {
  const auto fail_info = read_scep_number(message, scep_fail_info_oid);
  if (!fail_info) {
    return Error{ErrorCode::malformed, "a failure without failInfo"};
  }
  return ScepReply{ScepStatus::failure, static_cast<ScepFailInfo>(*fail_info),
                   read_scep_text(message, scep_fail_info_text_oid).value_or(""), std::nullopt};
}

Result<ScepReply> open_success(const SignedMessage& message, const Certificate& recipient,
                               const PrivateKey& key) {
  TRY_ASSIGN(const auto opened,
             open_envelope(message.content(), recipient, key, SingleDes::refuse));
  TRY_ASSIGN(auto certificates, parse_certificates_only(opened.content));
  return ScepReply{ScepStatus::success, std::nullopt, "", std::move(certificates.front())};
}

Result<ScepReply> read_reply(ByteView der, const ScepExpectation& expected,
                             const Certificate& recipient, const PrivateKey& key) {
  TRY_ASSIGN(const auto message, SignedMessage::verify(der));
  TRY(check_origin(message, expected));
  const auto status = read_scep_number(message, scep_pki_status_oid);
  if (status == static_cast<int>(ScepStatus::success)) {
    return open_success(message, recipient, key);
  }
  if (status == static_cast<int>(ScepStatus::failure)) {
    return read_failure(message);
  }
  if (status == static_cast<int>(ScepStatus::pending)) {
    return ScepReply{ScepStatus::pending, std::nullopt, "", std::nullopt};
  }
  return Error{ErrorCode::malformed, "no usable pkiStatus"};
}

}  // namespace

Result<Bytes> make_scep_request(ByteView content, const Certificate& recipient,
                                const Certificate& signer, const PrivateKey& key,
                                const ScepRequestTerms& terms) {
  TRY_ASSIGN(const Bytes envelope,
             seal_envelope(content, recipient, terms.cipher, SingleDes::refuse));
  SigningTerms signing;
  signing.digest = terms.digest;
  signing.signing_time = terms.signing_time;
  signing.attributes = {
      scep_text(scep_message_type_oid, std::to_string(static_cast<int>(terms.type))),
      scep_text(scep_transaction_id_oid, terms.transaction_id),
      scep_octets(scep_sender_nonce_oid, terms.sender_nonce),
  };
  return sign_message(envelope, signer, key, signing);
}

Result<ScepReply> parse_scep_reply(ByteView der, const ScepExpectation& expected,
                                   const Certificate& recipient, const PrivateKey& key) {
  auto reply = read_reply(der, expected, recipient, key);
  if (!reply) {
    return std::move(reply).error().while_doing("read SCEP reply");
  }
  return reply;
}

std::string scep_fail_info_name(ScepFailInfo fail_info) {
  switch (fail_info) {
    case ScepFailInfo::bad_alg:
      return "badAlg";
    case ScepFailInfo::bad_message_check:
      return "badMessageCheck";
    case ScepFailInfo::bad_request:
      return "badRequest";
    case ScepFailInfo::bad_time:
      return "badTime";
    case ScepFailInfo::bad_cert_id:
      return "badCertId";
  }
  return std::to_string(static_cast<int>(fail_info));
}

}  // namespace bramley
