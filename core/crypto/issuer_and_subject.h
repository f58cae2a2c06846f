#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace bramley {

// What a SCEP client asks after when it polls (RFC 8894 §3.3.3): the names of the CA and of the
// certificate it waits for.
struct IssuerAndSubject {
  Bytes issuer;   // Name, DER
  Bytes subject;  // Name, DER

  // malformed: anything else, or trailing bytes.
  static Result<IssuerAndSubject> from_der(ByteView der);
  [[nodiscard]] Bytes der() const;
};

}  // namespace bramley
