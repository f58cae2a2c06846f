#pragma once

#include <openssl/cms.h>
#include <openssl/pkcs7.h>

#include "core/base/result.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

using CmsHandle = CHandle<CMS_ContentInfo, CMS_ContentInfo_free>;
using Pkcs7Handle = CHandle<PKCS7, PKCS7_free>;

// More than any message of ours, Apple's or a SCEP client's; keeps lengths inside OpenSSL's int.
inline constexpr std::size_t cms_size_limit = 64U << 20U;

// One CMS SignedData, BER or DER, all of `der`. The keys of its certificates are not decoded:
// whoever needs one parses the certificate anew. malformed: all else.
Result<CmsHandle> parse_signed_data(ByteView der);

// One CMS EnvelopedData, for use in that library context (null: the global one). malformed: all
// else.
Result<CmsHandle> parse_enveloped_data(ByteView der, OSSL_LIB_CTX* context);

}  // namespace bramley
