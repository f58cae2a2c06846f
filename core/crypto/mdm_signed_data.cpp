#include "core/crypto/mdm_signed_data.h"

#include <openssl/asn1t.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>

#include "core/crypto/openssl_error.h"

namespace bramley {

namespace {

struct Asn1Content {
  ASN1_OBJECT* type;
  ASN1_OCTET_STRING* content;
};

struct Asn1Signer {
  std::int32_t version;
  ASN1_TYPE* identifier;
  X509_ALGOR* digest_algorithm;
  STACK_OF(X509_ATTRIBUTE) * signed_attributes;
  X509_ALGOR* signature_algorithm;
  ASN1_OCTET_STRING* signature;
  STACK_OF(X509_ATTRIBUTE) * unsigned_attributes;
};
DEFINE_STACK_OF(Asn1Signer)

struct Asn1SignedData {
  std::int32_t version;
  STACK_OF(X509_ALGOR) * digest_algorithms;
  Asn1Content* content;
  STACK_OF(ASN1_TYPE) * certificates;
  STACK_OF(ASN1_TYPE) * revocation_lists;
  STACK_OF(Asn1Signer) * signers;
};

}  // namespace

struct Asn1MdmMessage {
  ASN1_OBJECT* type;
  Asn1SignedData* signed_data;
};

namespace {

// RFC 5652 §5.1 and §5.3, as OpenSSL itself declares them but for the certificates, the revocation
// lists and the signer's identifier, which stay bytes. NDEF: indefinite lengths are fine.
// clang-format off
ASN1_NDEF_SEQUENCE(Asn1Content) = {
  ASN1_SIMPLE(Asn1Content, type, ASN1_OBJECT),
  ASN1_NDEF_EXP_OPT(Asn1Content, content, ASN1_OCTET_STRING_NDEF, 0)
} static_ASN1_NDEF_SEQUENCE_END(Asn1Content)

ASN1_SEQUENCE(Asn1Signer) = {
  ASN1_EMBED(Asn1Signer, version, INT32),
  ASN1_SIMPLE(Asn1Signer, identifier, ASN1_ANY),
  ASN1_SIMPLE(Asn1Signer, digest_algorithm, X509_ALGOR),
  ASN1_IMP_SET_OF_OPT(Asn1Signer, signed_attributes, X509_ATTRIBUTE, 0),
  ASN1_SIMPLE(Asn1Signer, signature_algorithm, X509_ALGOR),
  ASN1_SIMPLE(Asn1Signer, signature, ASN1_OCTET_STRING),
  ASN1_IMP_SET_OF_OPT(Asn1Signer, unsigned_attributes, X509_ATTRIBUTE, 1)
} static_ASN1_SEQUENCE_END(Asn1Signer)

ASN1_NDEF_SEQUENCE(Asn1SignedData) = {
  ASN1_EMBED(Asn1SignedData, version, INT32),
  ASN1_SET_OF(Asn1SignedData, digest_algorithms, X509_ALGOR),
  ASN1_SIMPLE(Asn1SignedData, content, Asn1Content),
  ASN1_IMP_SET_OF_OPT(Asn1SignedData, certificates, ASN1_ANY, 0),
  ASN1_IMP_SET_OF_OPT(Asn1SignedData, revocation_lists, ASN1_ANY, 1),
  ASN1_SET_OF(Asn1SignedData, signers, Asn1Signer)
} static_ASN1_NDEF_SEQUENCE_END(Asn1SignedData)

ASN1_NDEF_SEQUENCE(Asn1MdmMessage) = {
  ASN1_SIMPLE(Asn1MdmMessage, type, ASN1_OBJECT),
  ASN1_NDEF_EXP(Asn1MdmMessage, signed_data, Asn1SignedData, 0)
} static_ASN1_NDEF_SEQUENCE_END(Asn1MdmMessage)
    // clang-format on

    struct DigestMethod {
  int nid;
  const EVP_MD* method;
};

// Fetched once for the life of the process: the search through the providers costs as much as the
// digest of a short body.
const EVP_MD* digest_method(int nid) {
  static const std::array methods = {
      DigestMethod{NID_sha1, EVP_MD_fetch(nullptr, "SHA1", nullptr)},
      DigestMethod{NID_sha256, EVP_MD_fetch(nullptr, "SHA256", nullptr)},
      DigestMethod{NID_sha384, EVP_MD_fetch(nullptr, "SHA384", nullptr)},
      DigestMethod{NID_sha512, EVP_MD_fetch(nullptr, "SHA512", nullptr)},
  };
  const auto* const found = std::ranges::find(methods, nid, &DigestMethod::nid);
  return found == methods.end() ? nullptr : found->method;
}

int algorithm_nid(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(object);
}

// What OpenSSL accepts from a key of this kind: rsaEncryption or a digest with it; for EC it would
// take anything, here only what says ECDSA.
bool algorithm_fits_key(int nid, const EVP_PKEY* key) {
  const int kind = EVP_PKEY_get_base_id(key);
  if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC) {
    return false;
  }
  int of_signature = NID_undef;
  return nid == kind ||
         (OBJ_find_sigid_algs(nid, nullptr, &of_signature) == 1 && of_signature == kind);
}

// Attributes of ESS and countersignatures have rules of their own in CMS_verify.
bool has_own_rules(int nid) {
  return nid == NID_pkcs9_countersignature || nid == NID_id_smime_aa_signingCertificate ||
         nid == NID_id_smime_aa_signingCertificateV2 || nid == NID_id_smime_aa_receiptRequest;
}

// Takes over an attribute that may stand once and has one value.
bool take_only(X509_ATTRIBUTE*& place, X509_ATTRIBUTE* attribute) {
  if (place != nullptr || X509_ATTRIBUTE_count(attribute) != 1) {
    return false;
  }
  place = attribute;
  return true;
}

// RFC 5652 §5.4: the signature is over the attributes as a SET OF in DER. In the order in which
// they came, for that is how OpenSSL takes them.
Bytes encode_as_set(const STACK_OF(X509_ATTRIBUTE) * attributes) {
  int content = 0;
  for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); ++i) {
    content += i2d_X509_ATTRIBUTE(sk_X509_ATTRIBUTE_value(attributes, i), nullptr);
  }
  Bytes der(static_cast<std::size_t>(ASN1_object_size(1, content, V_ASN1_SET)));
  unsigned char* end = der.data();
  ASN1_put_object(&end, 1, content, V_ASN1_SET, V_ASN1_UNIVERSAL);
  for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); ++i) {
    i2d_X509_ATTRIBUTE(sk_X509_ATTRIBUTE_value(attributes, i), &end);
  }
  return der;
}

ByteView view_of(const ASN1_STRING* string) {
  return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

struct Digest {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  [[nodiscard]] ByteView view() const { return {bytes.data(), size}; }
};

bool compute(Digest& digest, const EVP_MD* method, ByteView data) {
  return EVP_Digest(data.data(), data.size(), digest.bytes.data(), &digest.size, method, nullptr) ==
         1;
}

bool signature_holds(EVP_PKEY* key, const EVP_MD* method, ByteView digest, ByteView signature) {
  const KeyContextHandle context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), method) == 1 &&
         EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(),
                         digest.size()) == 1;
}

bool is_plain(const Asn1SignedData& data) {
  if (data.revocation_lists != nullptr || sk_Asn1Signer_num(data.signers) != 1 ||
      sk_ASN1_TYPE_num(data.certificates) < 1) {
    return false;
  }
  const Asn1Signer& signer = *sk_Asn1Signer_value(data.signers, 0);
  for (int i = 0; i < sk_ASN1_TYPE_num(data.certificates); ++i) {
    if (ASN1_TYPE_get(sk_ASN1_TYPE_value(data.certificates, i)) != V_ASN1_SEQUENCE) {
      return false;
    }
  }
  const int identifier = ASN1_TYPE_get(signer.identifier);
  return (identifier == V_ASN1_SEQUENCE || identifier == V_ASN1_OTHER) &&
         signer.unsigned_attributes == nullptr;
}

const Asn1Signer& signer_of(const Asn1MdmMessage& message) {
  return *sk_Asn1Signer_value(message.signed_data->signers, 0);
}

}  // namespace

void free_mdm_message(Asn1MdmMessage* message) {
  ASN1_item_free(reinterpret_cast<ASN1_VALUE*>(message), ASN1_ITEM_rptr(Asn1MdmMessage));
}

std::optional<MdmSignedData> MdmSignedData::parse(ByteView der) {
  const unsigned char* end = der.data();
  MdmSignedData data;
  data.message_.reset(reinterpret_cast<Asn1MdmMessage*>(
      ASN1_item_d2i(nullptr, &end, static_cast<long>(der.size()), ASN1_ITEM_rptr(Asn1MdmMessage))));
  const bool readable = data.message_ != nullptr && end == der.data() + der.size() &&
                        OBJ_obj2nid(data.message_->type) == NID_pkcs7_signed &&
                        is_plain(*data.message_->signed_data) && data.read_digest_algorithms() &&
                        data.read_attributes();
  if (!readable) {
    forget_openssl_errors();
    return std::nullopt;
  }
  return data;
}

bool MdmSignedData::read_digest_algorithms() {
  const STACK_OF(X509_ALGOR)* named = message_->signed_data->digest_algorithms;
  const int nid = algorithm_nid(signer_of(*message_).digest_algorithm);
  if (sk_X509_ALGOR_num(named) != 1 || algorithm_nid(sk_X509_ALGOR_value(named, 0)) != nid) {
    return false;
  }
  digest_ = digest_method(nid);
  return digest_ != nullptr;
}

bool MdmSignedData::read_attributes() {
  const STACK_OF(X509_ATTRIBUTE)* attributes = signer_of(*message_).signed_attributes;
  if (attributes == nullptr) {
    return true;
  }
  X509_ATTRIBUTE* content_type = nullptr;
  for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); ++i) {
    X509_ATTRIBUTE* attribute = sk_X509_ATTRIBUTE_value(attributes, i);
    const int nid = OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute));
    const bool fine = nid == NID_pkcs9_contentType     ? take_only(content_type, attribute)
                      : nid == NID_pkcs9_messageDigest ? take_only(message_digest_, attribute)
                      : nid == NID_pkcs9_signingTime   ? take_only(signing_time_, attribute)
                                                       : !has_own_rules(nid);
    if (!fine) {
      return false;
    }
  }
  // RFC 5652 §5.3: both have to be there.
  return content_type != nullptr && message_digest_ != nullptr;
}

Fingerprint MdmSignedData::claim() const {
  const Asn1SignedData& data = *message_->signed_data;
  // Each of these values is a whole ASN.1 element with its header, so the row of them can be read
  // in only one way.
  Bytes elements;
  const auto append = [&elements](const ASN1_TYPE* value) {
    const ByteView bytes = view_of(value->value.asn1_string);
    elements.insert(elements.end(), bytes.begin(), bytes.end());
  };
  for (int i = 0; i < sk_ASN1_TYPE_num(data.certificates); ++i) {
    append(sk_ASN1_TYPE_value(data.certificates, i));
  }
  append(signer_of(*message_).identifier);
  return sha256(elements);
}

bool MdmSignedData::digest_matches(ByteView digest) const {
  const auto* expected = static_cast<const ASN1_STRING*>(
      X509_ATTRIBUTE_get0_data(message_digest_, 0, V_ASN1_OCTET_STRING, nullptr));
  return expected != nullptr && std::ranges::equal(view_of(expected), digest);
}

bool MdmSignedData::holds(EVP_PKEY* key, ByteView body) const {
  const Asn1Signer& signer = signer_of(*message_);
  Digest digest;
  if (!algorithm_fits_key(algorithm_nid(signer.signature_algorithm), key) ||
      !compute(digest, digest_, body)) {
    return false;
  }
  if (message_digest_ != nullptr &&
      (!digest_matches(digest.view()) ||
       !compute(digest, digest_, encode_as_set(signer.signed_attributes)))) {
    return false;
  }
  const bool holds = signature_holds(key, digest_, digest.view(), view_of(signer.signature));
  forget_openssl_errors();
  return holds;
}

}  // namespace bramley
