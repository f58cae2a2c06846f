#pragma once

#include <vector>

#include "core/crypto/certificate.h"

namespace bramley {

// `leaf`, its issuer, that one's issuer and so on, as far as `others` has them (in any order, with
// strangers and copies among them). Ends at a self-signed certificate, or where the next issuer is
// missing. Names and signatures decide; dates, constraints and trust are TrustStore's question.
std::vector<Certificate> chain_from(const Certificate& leaf,
                                    const std::vector<Certificate>& others);

// Signed with its own key: where a chain ends.
bool is_self_signed(const Certificate& certificate);

}  // namespace bramley
