#pragma once

#include <optional>

#include "core/base/clock.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

// UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 has them; empty for an impossible one.
std::optional<Timestamp> timestamp_of(const ASN1_TIME* time);

// UTCTime to 2049, GeneralizedTime after. Null beyond the year 9999.
TimeHandle make_asn1_time(Timestamp time);

}  // namespace bramley
