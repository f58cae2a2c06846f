#include "core/crypto/enveloped_message.h"

#include <openssl/asn1t.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>

#include "core/crypto/cms_parsing.h"
#include "core/crypto/legacy_context.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {
namespace {

// OpenSSL 3.0 does not tell with what an EnvelopedData is encrypted, so these templates (RFC 5652
// §6.1) read that one field and leave the rest as it came.
struct EncryptedContent {
  ASN1_OBJECT* type;
  X509_ALGOR* cipher;
  ASN1_OCTET_STRING* content;
};
struct Envelope {
  ASN1_INTEGER* version;
  ASN1_STRING* originator;
  ASN1_TYPE* recipients;
  EncryptedContent* content;
  ASN1_STRING* attributes;
};
struct EnvelopeMessage {
  ASN1_OBJECT* type;
  Envelope* envelope;
};

// clang-format off
ASN1_NDEF_SEQUENCE(EncryptedContent) = {
  ASN1_SIMPLE(EncryptedContent, type, ASN1_OBJECT),
  ASN1_SIMPLE(EncryptedContent, cipher, X509_ALGOR),
  ASN1_IMP_OPT(EncryptedContent, content, ASN1_OCTET_STRING, 0)
} static_ASN1_NDEF_SEQUENCE_END(EncryptedContent)

ASN1_NDEF_SEQUENCE(Envelope) = {
  ASN1_SIMPLE(Envelope, version, ASN1_INTEGER),
  ASN1_IMP_OPT(Envelope, originator, ASN1_SEQUENCE, 0),
  ASN1_SIMPLE(Envelope, recipients, ASN1_ANY),
  ASN1_SIMPLE(Envelope, content, EncryptedContent),
  ASN1_IMP_OPT(Envelope, attributes, ASN1_SEQUENCE, 1)
} static_ASN1_NDEF_SEQUENCE_END(Envelope)

ASN1_NDEF_SEQUENCE(EnvelopeMessage) = {
  ASN1_SIMPLE(EnvelopeMessage, type, ASN1_OBJECT),
  ASN1_EXP(EnvelopeMessage, envelope, Envelope, 0)
} static_ASN1_NDEF_SEQUENCE_END(EnvelopeMessage)
    // clang-format on

    void free_envelope(EnvelopeMessage * message) {
  ASN1_item_free(reinterpret_cast<ASN1_VALUE*>(message), ASN1_ITEM_rptr(EnvelopeMessage));
}
using EnvelopeHandle = CHandle<EnvelopeMessage, free_envelope>;

struct CipherName {
  ContentCipher cipher;
  int nid;
};
constexpr std::array cipher_names = {
    CipherName{ContentCipher::des_cbc, NID_des_cbc},
    CipherName{ContentCipher::des_ede3_cbc, NID_des_ede3_cbc},
    CipherName{ContentCipher::aes_128_cbc, NID_aes_128_cbc},
    CipherName{ContentCipher::aes_192_cbc, NID_aes_192_cbc},
    CipherName{ContentCipher::aes_256_cbc, NID_aes_256_cbc},
};

const EVP_CIPHER* cipher_method(ContentCipher cipher) {
  switch (cipher) {
    case ContentCipher::des_cbc:
      return EVP_des_cbc();
    case ContentCipher::des_ede3_cbc:
      return EVP_des_ede3_cbc();
    case ContentCipher::aes_128_cbc:
      return EVP_aes_128_cbc();
    case ContentCipher::aes_192_cbc:
      return EVP_aes_192_cbc();
    case ContentCipher::aes_256_cbc:
      return EVP_aes_256_cbc();
  }
  return nullptr;
}

std::string algorithm_name(const ASN1_OBJECT* oid) {
  std::array<char, 80> text{};
  const int length = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), oid, 0);
  return length > 0 ? std::string(text.data()) : "unknown";
}

Result<ContentCipher> cipher_of(ByteView der) {
  const unsigned char* end = der.data();
  const EnvelopeHandle message(reinterpret_cast<EnvelopeMessage*>(ASN1_item_d2i(
      nullptr, &end, static_cast<long>(der.size()), ASN1_ITEM_rptr(EnvelopeMessage))));
  if (!message) {
    return openssl_error(ErrorCode::malformed, "parse enveloped message");
  }
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, message->envelope->content->cipher);
  const int nid = OBJ_obj2nid(oid);
  for (const CipherName& each : cipher_names) {
    if (each.nid == nid) {
      return each.cipher;
    }
  }
  return Error{ErrorCode::unsupported, "open enveloped message: cipher " + algorithm_name(oid)};
}

// Null stands for OpenSSL's global context.
Result<OSSL_LIB_CTX*> context_for(ContentCipher cipher, SingleDes single_des) {
  if (cipher != ContentCipher::des_cbc) {
    return nullptr;
  }
  if (single_des == SingleDes::refuse) {
    return Error{ErrorCode::unsupported, "single DES is not allowed"};
  }
  return legacy_context();
}

bool is_rsa(const Certificate& certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate.native());
  return key != nullptr && EVP_PKEY_is_a(key, "RSA") == 1;
}

}  // namespace

Status single_des_available() {
  TRY_ASSIGN([[maybe_unused]] const auto* context, legacy_context());
  return {};
}

Status check_envelope_recipient(const Certificate& recipient) {
  if (!is_rsa(recipient)) {
    return Error{ErrorCode::unsupported, "seal for a recipient without an RSA key",
                 "the recipient's certificate must have an RSA key, for that is what seals"};
  }
  return {};
}

bool allows_key_encipherment(const Certificate& certificate) {
  return (X509_get_key_usage(certificate.native()) & KU_KEY_ENCIPHERMENT) != 0;
}

bool looks_like_envelope(ByteView der) {
  // SEQUENCE, its length in one to five octets, and the OID 1.2.840.113549.1.7.3 whole.
  constexpr std::array<std::uint8_t, 11> oid = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
                                                0xF7, 0x0D, 0x01, 0x07, 0x03};
  constexpr std::size_t longest_header = 6;
  if (der.empty() || der[0] != 0x30) {
    return false;
  }
  const ByteView beginning = der.first(std::min(der.size(), longest_header + oid.size()));
  return !std::ranges::search(beginning, oid).empty();
}

Result<bool> is_addressed_to(ByteView der, const Certificate& recipient) {
  TRY_ASSIGN(const auto cms, parse_cms(der, NID_pkcs7_enveloped));
  STACK_OF(CMS_RecipientInfo)* recipients = CMS_get0_RecipientInfos(cms.get());
  for (int i = 0; i < sk_CMS_RecipientInfo_num(recipients); ++i) {
    CMS_RecipientInfo* each = sk_CMS_RecipientInfo_value(recipients, i);
    if (CMS_RecipientInfo_type(each) == CMS_RECIPINFO_TRANS &&
        CMS_RecipientInfo_ktri_cert_cmp(each, recipient.native()) == 0) {
      return true;
    }
  }
  return false;
}

Result<OpenedEnvelope> open_envelope(ByteView der, const Certificate& recipient,
                                     const PrivateKey& key, SingleDes single_des) {
  if (der.size() > cms_size_limit) {
    return Error{ErrorCode::malformed, "open enveloped message: too large"};
  }
  TRY_ASSIGN(const ContentCipher cipher, cipher_of(der));
  TRY_ASSIGN(OSSL_LIB_CTX * context, context_for(cipher, single_des));
  TRY_ASSIGN(const auto cms, parse_cms(der, NID_pkcs7_enveloped,
                                       CmsHandle(CMS_ContentInfo_new_ex(context, nullptr))));
  const BioHandle output(BIO_new(BIO_s_mem()));
  // Nothing of the output may be looked at before the verdict.
  if (!output || CMS_decrypt(cms.get(), key.native(), recipient.native(), nullptr, output.get(),
                             CMS_BINARY) != 1) {
    return openssl_error(ErrorCode::unauthenticated, "open enveloped message");
  }
  return OpenedEnvelope{to_bytes(bio_content(output.get())), cipher};
}

Result<Bytes> seal_envelope(ByteView content, const Certificate& recipient, ContentCipher cipher,
                            SingleDes single_des) {
  TRY(check_envelope_recipient(recipient));
  TRY_ASSIGN(OSSL_LIB_CTX * context, context_for(cipher, single_des));
  const CertificateViewsHandle recipients(sk_X509_new_null());
  const BioHandle input = read_only_bio(content.empty() ? as_bytes("") : content);
  if (!recipients || !input || sk_X509_push(recipients.get(), recipient.native()) <= 0) {
    return openssl_error(ErrorCode::internal, "seal message");
  }
  const CmsHandle cms(CMS_encrypt_ex(recipients.get(), input.get(), cipher_method(cipher),
                                     CMS_BINARY, context, nullptr));
  if (!cms) {
    return openssl_error(ErrorCode::internal, "seal message");
  }
  return encode_der<i2d_CMS_ContentInfo>(cms.get());
}

}  // namespace bramley
