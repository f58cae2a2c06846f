#include "core/crypto/mdm_signature_stock.h"

#include <cstring>

#include "core/base/encoding.h"
#include "core/crypto/asn1_time.h"
#include "core/crypto/cms_parsing.h"
#include "core/crypto/openssl_error.h"

namespace bramley {

namespace {

constexpr std::size_t longest_header = 24U << 10U;
constexpr std::string_view reading = "read Mdm-Signature";
constexpr std::string_view verifying = "verify Mdm-Signature";

Error refuse(std::string_view reason) {
  return Error{ErrorCode::unauthenticated, std::string(verifying) + ": " + std::string(reason)};
}

// A message with its one signer found, nothing verified yet.
struct Claim {
  CmsHandle message;
  CMS_SignerInfo* signer = nullptr;
  X509* certificate = nullptr;
  // Owns `certificate`.
  CertificateStackHandle certificates;
};

// By OpenSSL's plain function: this is what the short way is held against.
Result<CmsHandle> parse(ByteView message) {
  const unsigned char* end = message.data();
  CmsHandle parsed(d2i_CMS_ContentInfo(nullptr, &end, static_cast<long>(message.size())));
  if (parsed == nullptr) {
    return openssl_error(ErrorCode::malformed, reading);
  }
  forget_openssl_errors();
  if (end != message.data() + message.size()) {
    return Error{ErrorCode::malformed, std::string(reading) + ": trailing bytes"};
  }
  if (OBJ_obj2nid(CMS_get0_type(parsed.get())) != NID_pkcs7_signed) {
    return Error{ErrorCode::malformed, std::string(reading) + ": not signed data"};
  }
  return parsed;
}

Result<Claim> read_claim(ByteView message) {
  Claim claim;
  TRY_ASSIGN(claim.message, parse(message));
  const STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(claim.message.get());
  if (sk_CMS_SignerInfo_num(signers) != 1) {
    return refuse("not exactly one signer");
  }
  claim.signer = sk_CMS_SignerInfo_value(signers, 0);
  claim.certificates.reset(CMS_get1_certs(claim.message.get()));
  for (int i = 0; i < sk_X509_num(claim.certificates.get()); ++i) {
    X509* candidate = sk_X509_value(claim.certificates.get(), i);
    // The first one that fits, as CMS_verify has it.
    if (claim.certificate == nullptr && CMS_SignerInfo_cert_cmp(claim.signer, candidate) == 0) {
      claim.certificate = candidate;
    }
  }
  forget_openssl_errors();
  if (claim.certificate == nullptr) {
    return refuse("the signer's certificate is not in it");
  }
  return claim;
}

Certificate share(X509* certificate) {
  X509_up_ref(certificate);
  return Certificate::adopt(certificate);
}

// A certificate is known by the bytes that came; one in BER would have other bytes here than its
// DER has everywhere else.
bool came_in_der(ByteView message, const Certificate& certificate) {
  const Bytes der = certificate.der();
  return memmem(message.data(), message.size(), der.data(), der.size()) != nullptr;
}

Result<JudgedSigner> judge(const Claim& claim, ByteView message, const TrustStore& trust,
                           Timestamp now) {
  const Certificate signer = share(claim.certificate);
  if (!came_in_der(message, signer)) {
    return refuse("the signer's certificate is not in DER");
  }
  std::vector<Certificate> offered;
  for (int i = 0; i < sk_X509_num(claim.certificates.get()); ++i) {
    X509* certificate = sk_X509_value(claim.certificates.get(), i);
    if (certificate == claim.certificate) {
      continue;
    }
    if (offered.size() == TrustStore::most_offered) {
      return refuse("too many certificates in it");
    }
    offered.push_back(share(certificate));
  }
  TRY_ASSIGN(const TrustStore::Span validity, trust.judge(signer, now, offered));
  return JudgedSigner{signer, validity};
}

Status check_signing_time(CMS_SignerInfo* signer, const Certificate& certificate,
                          std::chrono::seconds grace) {
  const int at = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
  if (at < 0) {
    return {};
  }
  return check_signing_time(CMS_signed_get_attr(signer, at), certificate, grace);
}

}  // namespace

Result<Bytes> decode_mdm_signature(std::string_view header) {
  if (header.size() > longest_header) {
    return Error{ErrorCode::malformed, std::string(reading) + ": longer than 24 KiB"};
  }
  auto decoded = decode_base64(header);
  if (!decoded) {
    return std::move(decoded).error().while_doing(reading);
  }
  return decoded;
}

Result<JudgedSigner> verify_completely(ByteView message, ByteView body, const TrustStore& trust,
                                       Timestamp now, std::chrono::seconds grace) {
  TRY_ASSIGN(const Claim claim, read_claim(message));
  // The chain first: nobody without a certificate of ours chooses the key that we compute with.
  TRY_ASSIGN(JudgedSigner judged, judge(claim, message, trust, now));
  const BioHandle content = detached_content(body);
  // CMS_BINARY: the bytes as they are. With the content given apart, what the message carries
  // itself is passed over, as other MDM servers do.
  constexpr unsigned int flags = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY;
  if (CMS_verify(claim.message.get(), nullptr, nullptr, content.get(), nullptr, flags) != 1) {
    return openssl_error(ErrorCode::unauthenticated, verifying);
  }
  forget_openssl_errors();
  X509* verified = nullptr;
  CMS_SignerInfo_get0_algs(claim.signer, nullptr, &verified, nullptr, nullptr);
  if (verified != claim.certificate) {
    return refuse("the signer's certificate is ambiguous");
  }
  TRY(check_signing_time(claim.signer, judged.certificate, grace));
  return judged;
}

Result<JudgedSigner> judge_claim(ByteView message, const TrustStore& trust, Timestamp now) {
  TRY_ASSIGN(const Claim claim, read_claim(message));
  return judge(claim, message, trust, now);
}

Result<Certificate> claimed_mdm_signer(ByteView message) {
  TRY_ASSIGN(const Claim claim, read_claim(message));
  return share(claim.certificate);
}

Status check_signing_time(X509_ATTRIBUTE* attribute, const Certificate& signer,
                          std::chrono::seconds grace) {
  const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(attribute, 0);
  std::optional<Timestamp> time;
  if (value != nullptr &&
      (value->type == V_ASN1_UTCTIME || value->type == V_ASN1_GENERALIZEDTIME)) {
    time = timestamp_of(value->value.asn1_string);
  }
  if (!time) {
    return refuse("unreadable signing time");
  }
  if (*time < signer.not_before() || *time > signer.not_after() + grace) {
    return refuse("signed while its certificate was not valid");
  }
  return {};
}

}  // namespace bramley
