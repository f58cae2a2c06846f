#include "core/crypto/issuer_and_subject.h"

#include <openssl/asn1t.h>

#include <algorithm>

#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {
namespace {

struct NamePair {
  X509_NAME* issuer;
  X509_NAME* subject;
};

// clang-format off
ASN1_SEQUENCE(NamePair) = {
  ASN1_SIMPLE(NamePair, issuer, X509_NAME),
  ASN1_SIMPLE(NamePair, subject, X509_NAME)
} static_ASN1_SEQUENCE_END(NamePair)
    // clang-format on

    void free_name_pair(NamePair * pair) {
  ASN1_item_free(reinterpret_cast<ASN1_VALUE*>(pair), ASN1_ITEM_rptr(NamePair));
}
using NamePairHandle = CHandle<NamePair, free_name_pair>;

}  // namespace

Result<IssuerAndSubject> IssuerAndSubject::from_der(ByteView der) {
  constexpr std::size_t limit = 64U << 10U;
  if (der.empty() || der.size() > limit) {
    return Error{ErrorCode::malformed, "parse issuer and subject: empty or too large"};
  }
  const unsigned char* end = der.data();
  const NamePairHandle pair(reinterpret_cast<NamePair*>(
      ASN1_item_d2i(nullptr, &end, static_cast<long>(der.size()), ASN1_ITEM_rptr(NamePair))));
  if (!pair) {
    return openssl_error(ErrorCode::malformed, "parse issuer and subject");
  }
  if (end != der.data() + der.size()) {
    return Error{ErrorCode::malformed, "parse issuer and subject: trailing bytes"};
  }
  return IssuerAndSubject{encode_der<i2d_X509_NAME>(pair->issuer),
                          encode_der<i2d_X509_NAME>(pair->subject)};
}

Bytes IssuerAndSubject::der() const {
  const auto length = static_cast<int>(issuer.size() + subject.size());
  Bytes der(static_cast<std::size_t>(ASN1_object_size(1, length, V_ASN1_SEQUENCE)));
  unsigned char* next = der.data();
  ASN1_put_object(&next, 1, length, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
  next = std::copy(issuer.begin(), issuer.end(), next);
  std::copy(subject.begin(), subject.end(), next);
  return der;
}

}  // namespace bramley
