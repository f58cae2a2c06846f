#include "core/crypto/certificate_request.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "core/crypto/distinguished_name.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/pem.h"
#include "core/crypto/public_key_info.h"
#include "core/crypto/quick_parsing.h"

namespace bramley {

namespace {

// The DirectoryString choices of X.520, and IA5String, which old clients send.
bool is_text(int type) {
  constexpr std::array types = {V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING,
                                V_ASN1_T61STRING,  V_ASN1_UNIVERSALSTRING, V_ASN1_BMPSTRING};
  return std::ranges::find(types, type) != types.end();
}

// X.680 §41.4.
bool is_printable_string(std::string_view text) {
  constexpr std::string_view others = " '()+,-./:=?";
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

Status add_challenge(X509_REQ* request, const SecretBytes& challenge) {
  const int type =
      is_printable_string(challenge.reveal_text()) ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING;
  if (X509_REQ_add1_attr_by_NID(request, NID_pkcs9_challengePassword, type,
                                challenge.reveal().data(),
                                static_cast<int>(challenge.size())) != 1) {
    return openssl_error(ErrorCode::malformed, "write challenge into certificate request");
  }
  return {};
}

}  // namespace

Result<CertificateRequest> CertificateRequest::from_der(ByteView der) {
  if (der.size() > largest_der) {
    return Error{ErrorCode::malformed, "parse certificate request: larger than 64 KiB"};
  }
  const unsigned char* end = der.data();
  RequestHandle parsed = parse_request(&end, der.size());
  if (parsed == nullptr) {
    return openssl_error(ErrorCode::malformed, "parse certificate request");
  }
  if (end != der.data() + der.size()) {
    return Error{ErrorCode::malformed, "parse certificate request: trailing bytes"};
  }
  KeyHandle key = read_public_key(X509_REQ_get_X509_PUBKEY(parsed.get()));
  if (key == nullptr) {
    return openssl_error(ErrorCode::malformed, "parse certificate request: its public key");
  }
  forget_openssl_errors();
  return CertificateRequest(std::shared_ptr<X509_req_st>(parsed.release(), X509_REQ_free),
                            std::shared_ptr<evp_pkey_st>(key.release(), EVP_PKEY_free));
}

Result<CertificateRequest> CertificateRequest::from_file_content(ByteView content) {
  if (!looks_like_pem(content)) {
    return from_der(content);
  }
  PemReader reader(content);
  while (true) {
    TRY_ASSIGN(const std::optional<PemBlock> block, reader.next());
    if (!block) {
      return Error{ErrorCode::malformed, "read PEM: no certificate request in it"};
    }
    if (block->label == "CERTIFICATE REQUEST" || block->label == "NEW CERTIFICATE REQUEST") {
      return from_der(block->content.reveal());
    }
  }
}

Bytes CertificateRequest::der() const {
  return encode_der<i2d_X509_REQ>(handle_.get());
}

std::string CertificateRequest::pem() const {
  return write_pem("CERTIFICATE REQUEST", der());
}

Status CertificateRequest::verify_signature() const {
  if (X509_REQ_verify(handle_.get(), key_.get()) != 1) {
    return openssl_error(ErrorCode::unauthenticated, "verify certificate request");
  }
  return {};
}

std::string CertificateRequest::subject() const {
  return name_text(X509_REQ_get_subject_name(handle_.get()));
}

Bytes CertificateRequest::subject_der() const {
  return encode_der<i2d_X509_NAME>(X509_REQ_get_subject_name(handle_.get()));
}

std::optional<std::string> CertificateRequest::common_name() const {
  return name_attribute(X509_REQ_get_subject_name(handle_.get()), NID_commonName);
}

std::optional<std::string> CertificateRequest::email_address() const {
  return name_attribute(X509_REQ_get_subject_name(handle_.get()), NID_pkcs9_emailAddress);
}

Bytes CertificateRequest::public_key_der() const {
  return public_key_info_der(X509_REQ_get_X509_PUBKEY(handle_.get()));
}

int CertificateRequest::public_key_bits() const {
  return EVP_PKEY_get_bits(key_.get());
}

bool CertificateRequest::has_rsa_key() const {
  return EVP_PKEY_is_a(key_.get(), "RSA") == 1;
}

std::optional<SecretBytes> CertificateRequest::challenge_password() const {
  const int at = X509_REQ_get_attr_by_NID(handle_.get(), NID_pkcs9_challengePassword, -1);
  if (at < 0) {
    return std::nullopt;
  }
  X509_ATTRIBUTE* attribute = X509_REQ_get_attr(handle_.get(), at);
  ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(attribute, 0);
  // RFC 2985 §5.4.1: SINGLE VALUE.
  if (X509_ATTRIBUTE_count(attribute) != 1 || value == nullptr || !is_text(value->type)) {
    forget_openssl_errors();
    return std::nullopt;
  }
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value->value.asn1_string);
  if (size < 0) {
    forget_openssl_errors();
    return std::nullopt;
  }
  const auto length = static_cast<std::size_t>(size);
  SecretBytes challenge(ByteView(text, length));
  OPENSSL_clear_free(text, length);
  return challenge;
}

std::optional<Bytes> CertificateRequest::subject_alternative_names() const {
  const ExtensionStackHandle extensions(X509_REQ_get_extensions(handle_.get()));
  forget_openssl_errors();
  if (extensions == nullptr) {
    return std::nullopt;
  }
  const int at = X509v3_get_ext_by_NID(extensions.get(), NID_subject_alt_name, -1);
  if (at < 0) {
    return std::nullopt;
  }
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509v3_get_ext(extensions.get(), at));
  return to_bytes(
      ByteView(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))));
}

Result<CertificateRequest> make_certificate_request(const PrivateKey& key,
                                                    const RequestTerms& terms) {
  TRY_ASSIGN(const NameHandle subject,
             terms.subject_der ? parse_name(*terms.subject_der) : make_name(terms.subject));
  RequestHandle request(X509_REQ_new());
  if (request == nullptr || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_subject_name(request.get(), subject.get()) != 1 ||
      X509_REQ_set_pubkey(request.get(), key.native()) != 1) {
    return openssl_error(ErrorCode::internal, "make certificate request");
  }
  if (terms.challenge != nullptr) {
    TRY(add_challenge(request.get(), *terms.challenge));
  }
  if (X509_REQ_sign(request.get(), key.native(), EVP_sha256()) <= 0) {
    return openssl_error(ErrorCode::internal, "sign certificate request");
  }
  EVP_PKEY* public_key = X509_REQ_get_pubkey(request.get());
  return CertificateRequest(std::shared_ptr<X509_req_st>(request.release(), X509_REQ_free),
                            std::shared_ptr<evp_pkey_st>(public_key, EVP_PKEY_free));
}

}  // namespace bramley
