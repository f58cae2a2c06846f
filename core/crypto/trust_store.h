#pragma once

#include <memory>
#include <vector>

#include "core/crypto/certificate.h"

namespace bramley {

// What a chain is to be good for: an extended key usage that is there must name it (RFC 5280
// §4.2.1.12).
enum class ChainPurpose { client_authentication, server_authentication, any };

// A set of roots and intermediates to judge certificates by. Immutable; cheap to copy; safe to
// use from several threads. Revocation is not its question: whoever is bound to a certificate is
// looked up by fingerprint.
class TrustStore {
 public:
  // Self-signed ones are roots, the others intermediates; an intermediate alone is not an anchor
  // unless no root is among them.
  static Result<TrustStore> of(const std::vector<Certificate>& authorities);

  // Chain, validity of every link at `time` (its last second not included), and the purpose (an
  // absent extended key usage passes). unauthenticated: the reason in words ("certificate has
  // expired"). `offered`: more intermediates from the message; never anchors; no more than
  // `most_offered`.
  static constexpr std::size_t most_offered = 16;
  [[nodiscard]] Status verify(const Certificate& leaf, Timestamp time,
                              const std::vector<Certificate>& offered = {},
                              ChainPurpose purpose = ChainPurpose::client_authentication) const;

  // While every certificate of the chain is valid, both ends included: how long a verdict may be
  // kept.
  struct Span {
    Timestamp begin;
    Timestamp end;
    [[nodiscard]] bool contains(Timestamp time) const { return begin <= time && time <= end; }
  };
  // The same judgement as verify.
  [[nodiscard]] Result<Span> judge(
      const Certificate& leaf, Timestamp time, const std::vector<Certificate>& offered = {},
      ChainPurpose purpose = ChainPurpose::client_authentication) const;

  [[nodiscard]] const std::vector<Certificate>& authorities() const;

  // Whether one is a copy of the other (two stores made of the same certificates are not).
  [[nodiscard]] bool is_same(const TrustStore& other) const { return content_ == other.content_; }

 private:
  struct Content;
  explicit TrustStore(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  std::shared_ptr<const Content> content_;
};

// The last moment at which a certificate that ended before `now`, by no more than `grace`, was
// valid. unauthenticated: it did not.
Result<Timestamp> last_moment(const Certificate& certificate, Timestamp now,
                              std::chrono::seconds grace);

}  // namespace bramley
