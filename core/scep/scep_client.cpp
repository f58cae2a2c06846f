#include "core/scep/scep_client.h"

#include <algorithm>
#include <thread>

#include "core/base/encoding.h"
#include "core/crypto/issuer_and_subject.h"
#include "core/scep/scep_answers.h"

namespace bramley {
namespace {

constexpr std::size_t answer_limit = 1U << 20U;

std::string with_query(std::string_view url, std::string_view query) {
  std::string target(url);
  target += url.find('?') == std::string_view::npos ? '?' : '&';
  target += query;
  return target;
}

Result<HttpResponse> require_ok(Result<HttpResponse> answer) {
  if (!answer) {
    return answer;
  }
  if (answer->status != 200) {
    return Error{answer->status >= 500 ? ErrorCode::unavailable : ErrorCode::malformed,
                 "the SCEP server answered " + std::to_string(answer->status)};
  }
  if (answer->body.size() > answer_limit) {
    return Error{ErrorCode::malformed, "the SCEP server's answer is too large"};
  }
  return answer;
}

Status check_fingerprint(const Certificate& authority, ByteView expected) {
  if (expected.empty()) {
    return {};
  }
  const auto& actual = authority.fingerprint().bytes;
  if (expected.size() != actual.size()) {
    return Error{ErrorCode::unsupported, "the CA's fingerprint must be a SHA-256 digest"};
  }
  if (!equal_constant_time(expected, actual)) {
    return Error{ErrorCode::unauthenticated,
                 "the CA has another fingerprint: " + authority.fingerprint().hex()};
  }
  return {};
}

// Apple's way: the upper-case hex of 20 bytes that stand for the key. (Apple digests it with
// SHA-1.)
std::string transaction_id_for(const CertificateRequest& csr) {
  constexpr std::size_t size = 20;
  const Fingerprint digest = sha256(csr.public_key_der());
  return encode_hex(ByteView(digest.bytes).first(size), HexCase::upper);
}

}  // namespace

Result<ScepIdentity> ScepClient::enroll(const PrivateKey& key, const ScepClientTerms& terms) {
  constexpr std::chrono::hours lifetime{24};
  const Timestamp now = clock_.now();
  SelfSignedTerms temporary;
  temporary.subject = {{"CN", random_uuid(random_)}};
  temporary.not_before = now - lifetime;
  temporary.not_after = now + lifetime;
  temporary.purpose = SelfSignedTerms::Purpose::scep_requester;
  auto certificate = make_self_signed(key, temporary, random_);
  if (!certificate) {
    return std::move(certificate).error().while_doing("enroll by SCEP");
  }
  auto identity = run(key, terms, {*std::move(certificate), key});
  if (!identity) {
    return std::move(identity).error().while_doing("enroll by SCEP");
  }
  return identity;
}

Result<ScepIdentity> ScepClient::renew(const PrivateKey& key, const ScepClientTerms& terms,
                                       const Certificate& old_certificate,
                                       const PrivateKey& old_key) {
  auto identity = run(key, terms, {old_certificate, old_key});
  if (!identity) {
    return std::move(identity).error().while_doing("renew by SCEP");
  }
  return identity;
}

Result<ScepIdentity> ScepClient::run(const PrivateKey& key, const ScepClientTerms& terms,
                                     const Signer& signer) {
  TRY_ASSIGN(const auto server, ask_server(terms));
  TRY_ASSIGN(const auto csr, make_certificate_request(key, {terms.subject, terms.challenge}));
  TRY_ASSIGN(auto reply, request(terms, server, signer, csr));
  if (reply.status == ScepStatus::failure) {
    std::string text = "the CA refused: " + scep_fail_info_name(*reply.fail_info);
    if (!reply.fail_info_text.empty()) {
      text += " (" + reply.fail_info_text + ")";
    }
    return Error{ErrorCode::forbidden, std::move(text)};
  }
  if (reply.status == ScepStatus::pending) {
    return Error{ErrorCode::unavailable, "the CA has not decided yet"};
  }
  if (reply.certificate->public_key_der() != key.public_key_der()) {
    return Error{ErrorCode::unauthenticated, "the CA sent a certificate for another key"};
  }
  return ScepIdentity{*std::move(reply.certificate), server.authority};
}

Result<ScepClient::Server> ScepClient::ask_server(const ScepClientTerms& terms) {
  std::string query = "operation=GetCACert";
  if (!terms.ca_name.empty()) {
    query += "&message=" + encode_percent(terms.ca_name);
  }
  TRY_ASSIGN(const auto answer, get(terms, query));
  TRY_ASSIGN(auto certificates, parse_scep_ca_certificates(answer));
  const auto authority = std::find_if(certificates.begin(), certificates.end(),
                                      [](const Certificate& each) { return each.is_ca(); });
  const auto recipient =
      std::find_if(certificates.begin(), certificates.end(), allows_key_encipherment);
  if (authority == certificates.end()) {
    return Error{ErrorCode::malformed, "GetCACert: no CA certificate"};
  }
  TRY(check_fingerprint(*authority, terms.ca_fingerprint));
  Server server{certificates, *authority,
                recipient == certificates.end() ? certificates.front() : *recipient};
  TRY(ask_capabilities(terms, server));
  return server;
}

// No list at all means SHA-1, 3DES and GET.
Status ScepClient::ask_capabilities(const ScepClientTerms& terms, Server& server) {
  TRY_ASSIGN(const auto answer, get(terms, "operation=GetCACaps"));
  const auto capabilities = parse_scep_capabilities(as_text(answer.body));
  server.post = capabilities.contains("POSTPKIOperation");
  if (capabilities.contains("AES")) {
    server.cipher = ContentCipher::aes_128_cbc;
  }
  if (capabilities.contains("SHA-512")) {
    server.digest = DigestAlgorithm::sha512;
  } else if (capabilities.contains("SHA-256")) {
    server.digest = DigestAlgorithm::sha256;
  } else if (!capabilities.empty() && !capabilities.contains("SHA-1")) {
    return Error{ErrorCode::unsupported, "GetCACaps: no digest in common"};
  }
  return {};
}

Result<ScepReply> ScepClient::request(const ScepClientTerms& terms, const Server& server,
                                      const Signer& signer, const CertificateRequest& csr) {
  ScepRequestTerms message;
  message.transaction_id = transaction_id_for(csr);
  message.cipher = server.cipher;
  message.digest = server.digest;
  TRY_ASSIGN(auto reply, exchange(terms, server, signer, csr.der(), message));
  const IssuerAndSubject names{server.authority.subject_der(), csr.subject_der()};
  message.type = ScepMessageType::cert_poll;
  for (int i = 0; i < terms.most_polls && reply.status == ScepStatus::pending; ++i) {
    if (terms.wait) {
      terms.wait(terms.poll_interval);
    } else {
      std::this_thread::sleep_for(terms.poll_interval);
    }
    TRY_ASSIGN(reply, exchange(terms, server, signer, names.der(), message));
  }
  return reply;
}

Result<ScepReply> ScepClient::exchange(const ScepClientTerms& terms, const Server& server,
                                       const Signer& signer, ByteView content,
                                       const ScepRequestTerms& message) {
  constexpr std::size_t nonce_size = 16;
  ScepRequestTerms fresh = message;
  fresh.sender_nonce = random_bytes(random_, nonce_size);
  fresh.signing_time = clock_.now();
  TRY_ASSIGN(auto der,
             make_scep_request(content, server.recipient, signer.certificate, signer.key, fresh));
  TRY_ASSIGN(const auto answer, send(terms, server, std::move(der)));
  return parse_scep_reply(answer.body,
                          {fresh.transaction_id, fresh.sender_nonce, server.certificates},
                          signer.certificate, signer.key);
}

Result<HttpResponse> ScepClient::get(const ScepClientTerms& terms, std::string_view query) {
  HttpRequest request;
  request.method = "GET";
  request.target = with_query(terms.url, query);
  return require_ok(http_.send(request));
}

Result<HttpResponse> ScepClient::send(const ScepClientTerms& terms, const Server& server,
                                      Bytes message) {
  const std::string query = "operation=PKIOperation";
  if (!server.post) {
    return get(terms, query + "&message=" + encode_percent(encode_base64(message)));
  }
  HttpRequest request;
  request.method = "POST";
  request.target = with_query(terms.url, query);
  request.headers.add("Content-Type", "application/x-pki-message");
  request.body = std::move(message);
  return require_ok(http_.send(request));
}

}  // namespace bramley
