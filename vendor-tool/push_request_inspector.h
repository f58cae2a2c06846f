#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/crypto/certificate_request.h"
#include "core/crypto/signed_message.h"
#include "vendor-tool/apple_chain.h"

namespace bramley {

// What Apple's push certificate portal has been seen to answer.
enum class PortalAnswer {
  none,  // it would take it, or nobody has told what it says
  signature_failed,
  certificate_expired,
  invalid_request,
  chain_missing,
};
// The portal's own words; empty for none.
std::string_view portal_text(PortalAnswer answer);

struct Finding {
  enum class Level { warning, fault } level;
  std::string_view code;  // a word for scripts: "signature_sha1"
  std::string message;
  std::string hint;  // the way out
  PortalAnswer portal = PortalAnswer::none;
};

struct InspectionTerms {
  Timestamp now;
  // Taken as the end of the chain in place of Apple's root: for tests.
  std::optional<Certificate> root;
  // DER of the request that the customer made: whether it is this one that was signed.
  std::optional<Bytes> expected_request;
};

// What stands in a push request, as far as it could be read, and what is wrong with it.
struct Inspection {
  std::vector<Finding> findings;
  std::optional<CertificateRequest> request;
  std::vector<Certificate> chain;         // in its order; the first is the vendor's
  std::optional<DigestAlgorithm> digest;  // with which the signature holds

  [[nodiscard]] bool has_faults() const;
};

// Looks at a `.req` in any dress, as the portal would and further. Never fails: a file that is none
// is a finding.
Inspection inspect_push_request(ByteView content, const InspectionTerms& terms);

}  // namespace bramley
