#pragma once

#include <openssl/cms.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/c_handle.h"
#include "core/base/encoding.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"

namespace bramley {

// How a test wants its Mdm-Signature made by OpenSSL.
struct MdmMessageShape {
  const EVP_MD* digest = EVP_sha256();
  // CMS_NOATTR, CMS_USE_KEYID, CMS_CADES, CMS_NOCERTS…
  unsigned int flags = CMS_DETACHED;
  std::vector<Certificate> chain = {};
  // Before the signature is made; after it.
  std::function<void(CMS_ContentInfo*, CMS_SignerInfo*)> before = nullptr;
  std::function<void(CMS_ContentInfo*, CMS_SignerInfo*)> after = nullptr;
};

inline Bytes make_mdm_message(ByteView body, const Certificate& certificate, const PrivateKey& key,
                              const MdmMessageShape& shape = {}) {
  const CHandle<CMS_ContentInfo, CMS_ContentInfo_free> cms(
      CMS_sign(nullptr, nullptr, nullptr, nullptr, shape.flags | CMS_PARTIAL | CMS_BINARY));
  const unsigned int flags = shape.flags | CMS_BINARY | CMS_NOSMIMECAP;
  CMS_SignerInfo* signer =
      CMS_add1_signer(cms.get(), certificate.native(), key.native(), shape.digest, flags);
  for (const Certificate& link : shape.chain) {
    CMS_add1_cert(cms.get(), link.native());
  }
  if (shape.before) {
    shape.before(cms.get(), signer);
  }
  const std::string_view text = body.empty() ? std::string_view("") : as_text(body);
  const CHandle<BIO, BIO_free_all> content(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  CMS_final(cms.get(), content.get(), nullptr, flags);
  if (shape.after) {
    shape.after(cms.get(), signer);
  }
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms.get(), &der);
  Bytes bytes(der, der + std::max(size, 0));
  OPENSSL_free(der);
  return bytes;
}

// One ASN.1 element of a DER text: where its header, its content and it itself end.
struct DerElement {
  std::uint8_t tag = 0;
  std::size_t content = 0;
  std::size_t end = 0;
};

inline std::optional<DerElement> find_der_element(ByteView der, std::size_t at) {
  if (at + 2 > der.size()) {
    return std::nullopt;
  }
  const std::uint8_t first = der[at + 1];
  std::size_t size = first;
  std::size_t header = 2;
  if ((first & 0x80U) != 0) {
    size = 0;
    const std::size_t octets = first & 0x7FU;
    if (octets > 4 || at + header + octets > der.size()) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < octets; ++i) {
      size = size << 8U | der[at + header++];
    }
  }
  if (size > der.size() - at - header) {
    return std::nullopt;
  }
  return DerElement{der[at], at + header, at + header + size};
}

inline DerElement read_der_element(ByteView der, std::size_t at) {
  return find_der_element(der, at).value();
}

enum class BerCertificates { keep, convert };

// A CMS message with an indefinite length on everything constructed, as Apple's devices write it;
// certificates stay DER unless told otherwise. `level` is how deep `der` stands in the message.
inline Bytes with_indefinite_lengths(ByteView der,
                                     BerCertificates certificates = BerCertificates::keep,
                                     int level = 1) {
  constexpr int level_of_certificates = 4;  // ContentInfo, [0], SignedData, [0]
  Bytes ber;
  for (std::size_t at = 0; at < der.size();) {
    const std::optional<DerElement> found = find_der_element(der, at);
    if (!found) {  // damaged on purpose
      ber.insert(ber.end(), der.begin() + static_cast<std::ptrdiff_t>(at), der.end());
      break;
    }
    const DerElement element = *found;
    const ByteView whole = der.subspan(at, element.end - at);
    const ByteView content = der.subspan(element.content, element.end - element.content);
    at = element.end;
    if ((element.tag & 0x20U) == 0) {
      ber.insert(ber.end(), whole.begin(), whole.end());
      continue;
    }
    const bool as_it_is = certificates == BerCertificates::keep && element.tag == 0xA0 &&
                          level == level_of_certificates;
    const Bytes inner =
        as_it_is ? to_bytes(content) : with_indefinite_lengths(content, certificates, level + 1);
    ber.insert(ber.end(), {element.tag, 0x80});
    ber.insert(ber.end(), inner.begin(), inner.end());
    ber.insert(ber.end(), {0, 0});
  }
  return ber;
}

}  // namespace bramley
