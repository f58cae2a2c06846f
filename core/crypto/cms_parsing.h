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

// One CMS ContentInfo of the given type (NID_pkcs7_signed, NID_pkcs7_enveloped), BER or DER, all of
// `der`. `empty`: an object to parse into, made for another library context. malformed: all else.
Result<CmsHandle> parse_cms(ByteView der, int type, CmsHandle empty = nullptr);

// The same for a SignedData, but the keys of its certificates are not decoded: whoever needs one
// parses that certificate anew (quick_parsing.h).
Result<CmsHandle> parse_signed_data(ByteView der);

// Content that a message does not carry, for CMS_verify; `content` must outlive it. Behind a
// filter: of a bare memory BIO OpenSSL 3.0 makes a copy, which it leaks when it cannot begin to
// verify.
BioHandle detached_content(ByteView content);

}  // namespace bramley
