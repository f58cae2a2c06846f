#include "core/crypto/signed_message.h"

#include <openssl/bio.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>

#include "core/crypto/asn1_time.h"
#include "core/crypto/cms_parsing.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/quick_parsing.h"

namespace bramley {
namespace {

constexpr int certificate_limit = 64;
constexpr int attribute_limit = 64;

// The certificates of the message in their order, and which of them is the signer's.
struct Signers {
  std::vector<Certificate> certificates;
  std::size_t signer = 0;
};

Result<Certificate> with_key(const X509* keyless) {
  const Bytes der = encode_der<i2d_X509>(keyless);
  const unsigned char* end = der.data();
  CertificateHandle certificate = parse_certificate(&end, der.size());
  if (!certificate) {
    return openssl_error(ErrorCode::malformed, "parse certificate in CMS message");
  }
  forget_openssl_errors();
  return Certificate::adopt(certificate.release());
}

Result<std::vector<Certificate>> certificates_of(CMS_ContentInfo* cms) {
  const CertificateStackHandle stack(CMS_get1_certs(cms));
  const int count = stack ? sk_X509_num(stack.get()) : 0;
  if (count > certificate_limit) {
    return Error{ErrorCode::malformed, "too many certificates"};
  }
  std::vector<Certificate> certificates;
  certificates.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    TRY_ASSIGN(Certificate certificate, with_key(sk_X509_value(stack.get(), i)));
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

Result<CMS_SignerInfo*> only_signer_info(CMS_ContentInfo* cms) {
  STACK_OF(CMS_SignerInfo)* infos = CMS_get0_SignerInfos(cms);
  if (infos == nullptr || sk_CMS_SignerInfo_num(infos) != 1) {
    return Error{ErrorCode::malformed, "not exactly one signer"};
  }
  return sk_CMS_SignerInfo_value(infos, 0);
}

Result<Signers> find_signer(CMS_ContentInfo* cms) {
  TRY_ASSIGN(CMS_SignerInfo * info, only_signer_info(cms));
  TRY_ASSIGN(auto certificates, certificates_of(cms));
  const auto found = std::find_if(certificates.begin(), certificates.end(), [&](const auto& each) {
    return CMS_SignerInfo_cert_cmp(info, each.native()) == 0;
  });
  if (found == certificates.end()) {
    return Error{ErrorCode::malformed, "the signer's certificate is missing"};
  }
  const auto index = static_cast<std::size_t>(found - certificates.begin());
  return Signers{std::move(certificates), index};
}

DigestAlgorithm digest_of(CMS_SignerInfo* info) {
  X509_ALGOR* digest = nullptr;
  CMS_SignerInfo_get0_algs(info, nullptr, nullptr, &digest, nullptr);
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, digest);
  switch (OBJ_obj2nid(oid)) {
    case NID_sha1:
      return DigestAlgorithm::sha1;
    case NID_sha256:
      return DigestAlgorithm::sha256;
    case NID_sha384:
      return DigestAlgorithm::sha384;
    case NID_sha512:
      return DigestAlgorithm::sha512;
    default:
      return DigestAlgorithm::other;
  }
}

const EVP_MD* digest_method(DigestAlgorithm digest) {
  switch (digest) {
    case DigestAlgorithm::sha1:
      return EVP_sha1();
    case DigestAlgorithm::sha256:
      return EVP_sha256();
    case DigestAlgorithm::sha384:
      return EVP_sha384();
    case DigestAlgorithm::sha512:
      return EVP_sha512();
    case DigestAlgorithm::other:
      break;
  }
  return nullptr;
}

Bytes string_bytes(const ASN1_STRING* text) {
  const unsigned char* data = ASN1_STRING_get0_data(text);
  return {data, data + ASN1_STRING_length(text)};
}

std::string dotted(const ASN1_OBJECT* oid) {
  std::array<char, 128> text{};
  const int length = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), oid, 1);
  return length > 0 && length < static_cast<int>(text.size()) ? std::string(text.data())
                                                              : std::string();
}

// Nothing when the value is of a kind that we have no use for.
std::optional<SignedAttribute> simple_attribute(std::string oid, ASN1_TYPE* value) {
  switch (ASN1_TYPE_get(value)) {
    case V_ASN1_PRINTABLESTRING:
      return SignedAttribute{std::move(oid), SignedAttribute::Kind::printable_string,
                             string_bytes(value->value.asn1_string)};
    case V_ASN1_OCTET_STRING:
      return SignedAttribute{std::move(oid), SignedAttribute::Kind::octet_string,
                             string_bytes(value->value.asn1_string)};
    case V_ASN1_UTF8STRING:
      return SignedAttribute{std::move(oid), SignedAttribute::Kind::utf8_string,
                             string_bytes(value->value.asn1_string)};
    default:
      return std::nullopt;
  }
}

struct Attributes {
  std::vector<SignedAttribute> simple;
  std::optional<Timestamp> signing_time;
};

Status read_attribute(X509_ATTRIBUTE* attribute, Attributes& into) {
  if (X509_ATTRIBUTE_count(attribute) != 1) {
    return {};
  }
  ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(attribute, 0);
  ASN1_OBJECT* oid = X509_ATTRIBUTE_get0_object(attribute);
  if (OBJ_obj2nid(oid) == NID_pkcs9_signingTime) {
    const int type = ASN1_TYPE_get(value);
    if (type != V_ASN1_UTCTIME && type != V_ASN1_GENERALIZEDTIME) {
      return Error{ErrorCode::malformed, "signing time of another type"};
    }
    into.signing_time = timestamp_of(value->value.asn1_string);
    if (!into.signing_time) {
      return Error{ErrorCode::malformed, "impossible signing time"};
    }
    return {};
  }
  auto simple = simple_attribute(dotted(oid), value);
  if (simple && !simple->oid.empty()) {
    into.simple.push_back(*std::move(simple));
  }
  return {};
}

// RFC 5652 §5.3: an attribute type occurs once.
Result<Attributes> attributes_of(const CMS_SignerInfo* info) {
  const int count = CMS_signed_get_attr_count(info);
  if (count > attribute_limit) {
    return Error{ErrorCode::malformed, "too many signed attributes"};
  }
  Attributes attributes;
  for (int i = 0; i < count; ++i) {
    X509_ATTRIBUTE* attribute = CMS_signed_get_attr(info, i);
    if (CMS_signed_get_attr_by_OBJ(info, X509_ATTRIBUTE_get0_object(attribute), i) >= 0) {
      return Error{ErrorCode::malformed, "a signed attribute occurs twice"};
    }
    TRY(read_attribute(attribute, attributes));
  }
  return attributes;
}

// Whether the content is inside, outside or nowhere must be what the caller says.
Status check_content_place(CMS_ContentInfo* cms, const std::optional<ByteView>& detached) {
  ASN1_OCTET_STRING** inside = CMS_get0_content(cms);
  const bool attached = inside != nullptr && *inside != nullptr;
  if (attached && detached) {
    return Error{ErrorCode::malformed, "content both inside and outside"};
  }
  if (!attached && !detached) {
    return Error{ErrorCode::malformed, "no content"};
  }
  return {};
}

}  // namespace

Result<SignedMessage> SignedMessage::verify(ByteView der, std::optional<ByteView> detached) {
  TRY_ASSIGN(const auto cms, parse_signed_data(der));
  TRY(check_content_place(cms.get(), detached));
  TRY_ASSIGN(auto signers, find_signer(cms.get()));
  CMS_SignerInfo* info = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms.get()), 0);
  CMS_SignerInfo_set1_signer_cert(info, signers.certificates[signers.signer].native());
  const BioHandle outside = detached ? detached_content(*detached) : nullptr;
  // The signer's chain is TrustStore's question, not this one's.
  if (CMS_verify(cms.get(), nullptr, nullptr, outside.get(), nullptr,
                 CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) != 1) {
    return openssl_error(ErrorCode::unauthenticated, "signature does not verify");
  }
  TRY_ASSIGN(auto attributes, attributes_of(info));
  SignedMessage message;
  message.certificates_ = std::move(signers.certificates);
  message.signer_ = signers.signer;
  if (!detached) {
    message.content_ = string_bytes(*CMS_get0_content(cms.get()));
  }
  message.digest_ = digest_of(info);
  message.signing_time_ = attributes.signing_time;
  message.attributes_ = std::move(attributes.simple);
  return message;
}

const SignedAttribute* SignedMessage::attribute(std::string_view oid) const {
  const auto found = std::find_if(attributes_.begin(), attributes_.end(),
                                  [&](const auto& each) { return each.oid == oid; });
  return found == attributes_.end() ? nullptr : &*found;
}

Result<Certificate> claimed_signer(ByteView der) {
  TRY_ASSIGN(const auto cms, parse_signed_data(der));
  TRY_ASSIGN(auto signers, find_signer(cms.get()));
  return std::move(signers.certificates[signers.signer]);
}

namespace {

int asn1_type(SignedAttribute::Kind kind) {
  switch (kind) {
    case SignedAttribute::Kind::printable_string:
      return V_ASN1_PRINTABLESTRING;
    case SignedAttribute::Kind::octet_string:
      return V_ASN1_OCTET_STRING;
    case SignedAttribute::Kind::utf8_string:
      return V_ASN1_UTF8STRING;
  }
  return V_ASN1_UNDEF;
}

Status add_attributes(CMS_SignerInfo* info, const SigningTerms& terms) {
  for (const SignedAttribute& attribute : terms.attributes) {
    const ObjectHandle oid(OBJ_txt2obj(attribute.oid.c_str(), 1));
    // By type and length, never -1: that would take the bytes for an ASN1_STRING.
    if (!oid || CMS_signed_add1_attr_by_OBJ(info, oid.get(), asn1_type(attribute.kind),
                                            attribute.value.data(),
                                            static_cast<int>(attribute.value.size())) != 1) {
      return openssl_error(ErrorCode::internal, "add signed attribute " + attribute.oid);
    }
  }
  if (!terms.signing_time) {
    return {};
  }
  const TimeHandle time = make_asn1_time(*terms.signing_time);
  // Here -1 is right: the value is an ASN1_STRING.
  if (!time ||
      CMS_signed_add1_attr_by_NID(info, NID_pkcs9_signingTime, time->type, time.get(), -1) != 1) {
    return openssl_error(ErrorCode::internal, "add signing time");
  }
  return {};
}

}  // namespace

Result<Bytes> sign_message(ByteView content, const Certificate& signer, const PrivateKey& key,
                           const SigningTerms& terms) {
  const EVP_MD* digest = digest_method(terms.digest);
  if (digest == nullptr) {
    return Error{ErrorCode::unsupported, "sign message: a digest we do not sign with"};
  }
  unsigned int flags = CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP;
  if (terms.content == SigningTerms::Content::detached) {
    flags |= CMS_DETACHED;
  }
  const CmsHandle cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, flags));
  CMS_SignerInfo* info =
      cms ? CMS_add1_signer(cms.get(), signer.native(), key.native(), digest, flags) : nullptr;
  if (info == nullptr) {
    return openssl_error(ErrorCode::internal, "sign message");
  }
  TRY(add_attributes(info, terms));
  for (const Certificate& certificate : terms.certificates) {
    if (certificate != signer && CMS_add1_cert(cms.get(), certificate.native()) != 1) {
      return openssl_error(ErrorCode::internal, "sign message: add certificate");
    }
  }
  const BioHandle input = read_only_bio(content);
  if (!input || CMS_final(cms.get(), input.get(), nullptr, flags) != 1) {
    return openssl_error(ErrorCode::internal, "sign message");
  }
  return encode_der<i2d_CMS_ContentInfo>(cms.get());
}

Result<Bytes> make_certificates_only(const std::vector<Certificate>& certificates) {
  const Pkcs7Handle message(PKCS7_new());
  if (!message || PKCS7_set_type(message.get(), NID_pkcs7_signed) != 1) {
    return openssl_error(ErrorCode::internal, "make certificates-only message");
  }
  message->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
  for (const Certificate& certificate : certificates) {
    if (PKCS7_add_certificate(message.get(), certificate.native()) != 1) {
      return openssl_error(ErrorCode::internal, "make certificates-only message");
    }
  }
  return encode_der<i2d_PKCS7>(message.get());
}

Result<std::vector<Certificate>> parse_certificates_only(ByteView der) {
  if (der.empty() || der.size() > cms_size_limit) {
    return Error{ErrorCode::malformed, "empty or too large"};
  }
  const unsigned char* cursor = der.data();
  const Pkcs7Handle message(d2i_PKCS7(nullptr, &cursor, static_cast<long>(der.size())));
  if (!message || cursor != der.data() + der.size() || !PKCS7_type_is_signed(message.get())) {
    return openssl_error(ErrorCode::malformed, "not a certificates-only message");
  }
  const STACK_OF(X509)* stack = message->d.sign->cert;
  const int count = stack != nullptr ? sk_X509_num(stack) : 0;
  if (count < 1 || count > certificate_limit) {
    return Error{ErrorCode::malformed, "no certificates, or too many"};
  }
  std::vector<Certificate> certificates;
  for (int i = 0; i < count; ++i) {
    X509* certificate = sk_X509_value(stack, i);
    X509_up_ref(certificate);
    certificates.push_back(Certificate::adopt(certificate));
  }
  return certificates;
}

}  // namespace bramley
