#pragma once

#include <memory>
#include <vector>

#include "core/crypto/certificate.h"

namespace bramley {

// A set of roots and intermediates to judge client identities by (mdm.md §1.5). Immutable; cheap to
// copy.
class TrustStore {
 public:
  // Self-signed ones are roots, the others intermediates; an intermediate alone is not an anchor
  // unless no root is among them.
  static Result<TrustStore> of(const std::vector<Certificate>& authorities);

  // Chain, validity of every link at `time`, and client authentication as purpose (an absent
  // extended key usage passes). unauthenticated: the reason in words ("certificate has expired").
  // `offered`: more intermediates from the message; never anchors.
  [[nodiscard]] Status verify(const Certificate& leaf, Timestamp time,
                              const std::vector<Certificate>& offered = {}) const;

  [[nodiscard]] const std::vector<Certificate>& authorities() const;

 private:
  struct Content;
  explicit TrustStore(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  std::shared_ptr<const Content> content_;
};

}  // namespace bramley
