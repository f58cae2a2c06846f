#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"

namespace bramley {

enum class ContentCipher { des_cbc, des_ede3_cbc, aes_128_cbc, aes_192_cbc, aes_256_cbc };

// Whether single DES is understood (and answered). RFC 8894 forbids it, micromdm's client speaks
// nothing else.
enum class SingleDes { refuse, allow };

// unsupported: this machine's OpenSSL cannot do single DES (no legacy provider). To ask before
// promising it.
Status single_des_available();

struct OpenedEnvelope {
  Bytes content;
  ContentCipher cipher;
};

// Whether this begins as an EnvelopedData does (RFC 5652 §3), complete or not: to tell a damaged
// message from what never was one.
bool looks_like_envelope(ByteView der);

// Whether one of the recipients is named as this certificate is, by issuer and serial number or by
// key identifier. malformed: not such a message. What open_envelope does not say: a message for
// somebody else and a damaged one look alike to it.
Result<bool> is_addressed_to(ByteView der, const Certificate& recipient);

// CMS EnvelopedData for one RSA recipient (PKCS#1 v1.5 or OAEP). The content may be garbage of the
// right shape even for a wrong key (scep-dep trap 4): parse it strictly. malformed: not such a
// message. unsupported: a cipher we do not take (the message names it). unauthenticated: not for
// this key, or damaged.
Result<OpenedEnvelope> open_envelope(ByteView der, const Certificate& recipient,
                                     const PrivateKey& key, SingleDes single_des);

// unsupported: no RSA key, so nothing can be sealed for it.
Status check_envelope_recipient(const Certificate& recipient);

// keyEncipherment among the key usages, or none said: what SCEP clients look for in a CA's list.
bool allows_key_encipherment(const Certificate& certificate);

// Encrypts for one RSA recipient, DER. unsupported: a recipient without an RSA key; single DES
// without leave.
Result<Bytes> seal_envelope(ByteView content, const Certificate& recipient, ContentCipher cipher,
                            SingleDes single_des);

}  // namespace bramley
