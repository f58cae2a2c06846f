#include "core/crypto/mdm_signature.h"

#include <atomic>

#include "core/base/encoding.h"
#include "core/crypto/mdm_signature_stock.h"
#include "core/crypto/mdm_signed_data.h"
#include "core/crypto/mdm_signer_cache.h"
#include "core/crypto/signed_message.h"

namespace bramley {

struct MdmSignatureVerifier::Cache {
  explicit Cache(std::size_t capacity) : signers(capacity) {}

  // The signer of a claim whose chain was judged by `trust` and still holds; else null.
  std::shared_ptr<const KnownSigner> find(const Fingerprint& claim, const TrustStore& trust,
                                          Timestamp now) {
    auto known = signers.find(claim);
    const bool holds =
        known != nullptr && known->trust.is_same(trust) && known->validity.contains(now);
    return holds ? known : nullptr;
  }

  MdmSignerCache signers;
  std::atomic<std::uint64_t> short_way = 0;
  std::atomic<std::uint64_t> complete_way = 0;
};

namespace {

bool short_way_accepts(const MdmSignedData& message, ByteView body, const KnownSigner& signer) {
  return message.holds(X509_get0_pubkey(signer.certificate.native()), body) &&
         (message.signing_time() == nullptr ||
          check_signing_time(message.signing_time(), signer.certificate));
}

}  // namespace

MdmSignatureVerifier::MdmSignatureVerifier(std::size_t cached_certificates)
    : cache_(std::make_unique<Cache>(cached_certificates)) {}

MdmSignatureVerifier::~MdmSignatureVerifier() = default;

Result<Certificate> MdmSignatureVerifier::verify(std::string_view header, ByteView body,
                                                 const TrustStore& trust, Timestamp now) {
  TRY_ASSIGN(const Bytes message, decode_mdm_signature(header));
  const auto parsed = MdmSignedData::parse(message);
  std::optional<Fingerprint> claim;
  if (parsed) {
    claim = parsed->claim();
    const auto known = cache_->find(*claim, trust, now);
    if (known != nullptr && short_way_accepts(*parsed, body, *known)) {
      cache_->short_way.fetch_add(1, std::memory_order_relaxed);
      return known->certificate;
    }
  }
  // Also for what the short way did not accept: only OpenSSL itself refuses, so that both ways
  // agree and the log has its reason.
  cache_->complete_way.fetch_add(1, std::memory_order_relaxed);
  TRY_ASSIGN(JudgedSigner judged, verify_completely(message, body, trust, now));
  if (claim) {
    cache_->signers.remember(*claim, {judged.certificate, trust, judged.validity});
  }
  return std::move(judged.certificate);
}

Result<Certificate> MdmSignatureVerifier::verify_expired(std::string_view header, ByteView body,
                                                         const TrustStore& trust, Timestamp now,
                                                         std::chrono::seconds grace) {
  TRY_ASSIGN(const Bytes message, decode_mdm_signature(header));
  TRY_ASSIGN(const Certificate signer, claimed_mdm_signer(message));
  TRY_ASSIGN(const Timestamp then, last_moment(signer, now, grace));
  TRY_ASSIGN(JudgedSigner judged, verify_completely(message, body, trust, then, grace));
  return std::move(judged.certificate);
}

Result<Certificate> MdmSignatureVerifier::trusted_claim(std::string_view header,
                                                        const TrustStore& trust, Timestamp now) {
  TRY_ASSIGN(const Bytes message, decode_mdm_signature(header));
  if (const auto parsed = MdmSignedData::parse(message)) {
    if (const auto known = cache_->find(parsed->claim(), trust, now)) {
      return known->certificate;
    }
  }
  TRY_ASSIGN(JudgedSigner judged, judge_claim(message, trust, now));
  return std::move(judged.certificate);
}

MdmSignatureVerifier::Ways MdmSignatureVerifier::ways() const {
  return {cache_->short_way.load(std::memory_order_relaxed),
          cache_->complete_way.load(std::memory_order_relaxed)};
}

Result<std::string> make_mdm_signature(ByteView body, const Certificate& certificate,
                                       const PrivateKey& key,
                                       std::optional<Timestamp> signing_time) {
  SigningTerms terms;
  terms.content = SigningTerms::Content::detached;
  terms.signing_time = signing_time;
  TRY_ASSIGN(const Bytes message, sign_message(body, certificate, key, terms));
  return encode_base64(message);
}

Result<Certificate> verify_mdm_signature_stock(std::string_view header, ByteView body,
                                               const TrustStore& trust, Timestamp now) {
  TRY_ASSIGN(const Bytes message, decode_mdm_signature(header));
  TRY_ASSIGN(JudgedSigner judged, verify_completely(message, body, trust, now));
  return std::move(judged.certificate);
}

}  // namespace bramley
