#pragma once

#include <optional>

#include "core/scep/scep_message.h"

namespace bramley {

// What can be said against a SCEP request from the request alone. Each gives the refusal, or
// nothing when all is well.

ScepRefusal refuse_scep(ScepFailInfo fail_info, std::string_view text, std::string_view cause = {});

// badAlg: a digest we do not take, a signer that no reply can be sealed for. badTime: a signingTime
// further than `tolerance` from now.
std::optional<ScepRefusal> check_scep_outside(const ScepRequest& request, Timestamp now,
                                              std::chrono::hours tolerance);

// badAlg: no RSA key, or one too short or too long. badRequest: larger than any honest request.
// badMessageCheck: whoever sends it does not hold the key that is to be certified, for its own
// signature fails.
std::optional<ScepRefusal> check_scep_csr(const CertificateRequest& csr, int min_key_bits);

// For a signer without an identity of ours. badMessageCheck: it wants to renew one, or it signed
// with another key than the one to be certified (which Apple's temporary signer may).
std::optional<ScepRefusal> check_scep_newcomer(const ScepRequest& request, ByteView csr_key);

}  // namespace bramley
