#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"

namespace bramley {

// Opens the attachment of a signing service's e-mail (seal_push_request makes one): hex in either
// case and with any white space, base64, PEM or DER of a CMS EnvelopedData. What comes out is text;
// whether it is a push request is the inspector's question.
//
// malformed: something else, or damaged, and which of both the message says. forbidden: for another
// certificate. conflict: the key does not belong to the certificate. unsupported: a cipher that
// nobody uses.
Result<Bytes> open_attachment(ByteView content, const Certificate& certificate,
                              const PrivateKey& key);

}  // namespace bramley
