#pragma once

#include <string_view>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/trust_store.h"

namespace bramley {

// Base64 of at most 24 KiB (a header with a chain of three RSA-4096 certificates has 8). malformed:
// anything else.
Result<Bytes> decode_mdm_signature(std::string_view header);

// A signer, and how long the verdict about its chain holds.
struct JudgedSigner {
  Certificate certificate;
  TrustStore::Span validity;
};

// The whole verdict about one Mdm-Signature, by OpenSSL's CMS_verify. A signing time may lie behind
// the certificate's end by `grace`.
Result<JudgedSigner> verify_completely(ByteView message, ByteView body, const TrustStore& trust,
                                       Timestamp now, std::chrono::seconds grace = {});
// Whose signature it claims to be; nothing is judged.
Result<Certificate> claimed_mdm_signer(ByteView message);

// The verdict about the signer that a message names, without a look at the signature.
Result<JudgedSigner> judge_claim(ByteView message, const TrustStore& trust, Timestamp now);

// A signing-time attribute has to fall into the certificate's validity. unauthenticated otherwise,
// and when it is no time.
Status check_signing_time(X509_ATTRIBUTE* attribute, const Certificate& signer,
                          std::chrono::seconds grace = {});

}  // namespace bramley
