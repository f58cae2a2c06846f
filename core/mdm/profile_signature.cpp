// check_profile_signature of profile_lint.h.

#include "core/crypto/certificate_chain.h"
#include "core/crypto/trust_store.h"
#include "core/mdm/profile_document.h"
#include "core/mdm/profile_lint_notes.h"

namespace bramley {
namespace {

void check_digest(const SignedMessage& message, LintNotes& notes) {
  switch (message.digest()) {
    case DigestAlgorithm::sha1:
      notes.fault("digest_weak", "", "it is signed with SHA-1", "sign it again with SHA-256");
      return;
    case DigestAlgorithm::other:
      notes.fault("digest_weak", "", "it is signed with a digest that nobody uses any more",
                  "sign it again with SHA-256");
      return;
    case DigestAlgorithm::sha256:
    case DigestAlgorithm::sha384:
    case DigestAlgorithm::sha512:
      return;
  }
}

// Whether all links are in their dates.
bool check_dates(const std::vector<Certificate>& chain, Timestamp now, LintNotes& notes) {
  bool fine = true;
  for (const Certificate& link : chain) {
    if (now > link.not_after()) {
      notes.fault("certificate_expired", link.subject(),
                  "expired on " + format_rfc3339(link.not_after()),
                  "sign it again with a certificate that is valid");
    } else if (now < link.not_before()) {
      notes.fault("certificate_early", link.subject(),
                  "not valid before " + format_rfc3339(link.not_before()),
                  "check this machine's clock");
    }
    fine = fine && link.is_valid_at(now);
  }
  return fine;
}

void check_chain(const SignedMessage& message, const std::vector<Certificate>& chain, Timestamp now,
                 const std::vector<Certificate>& roots, LintNotes& notes) {
  const Certificate& last = chain.back();
  if (roots.empty()) {
    if (chain.size() == 1 && !is_self_signed(last)) {
      notes.warn("chain_incomplete", last.subject(),
                 "the certificate of its issuer is not in the signature: " + last.issuer(),
                 "sign it again with the chain, if devices do not have that certificate");
    }
    return;
  }
  const auto trust = TrustStore::of(roots);
  const Status judged = trust ? trust->verify(message.signer(), now,
                                              {chain.begin() + 1, chain.end()}, ChainPurpose::any)
                              : Status(Error(trust.error()));
  if (!judged) {
    notes.fault("chain_untrusted", message.signer().subject(), judged.error().message,
                last.subject() == message.signer().subject()
                    ? "sign it with the whole chain, or name the root that it leads to"
                    : "name the root that it leads to: " + last.issuer());
  }
}

}  // namespace

std::vector<ProfileRemark> check_profile_signature(ByteView profile, Timestamp now,
                                                   const std::vector<Certificate>& roots) {
  LintNotes notes;
  const auto document = open_profile(profile);
  if (!document) {
    const bool is_wrong = document.error().code == ErrorCode::unauthenticated;
    notes.fault(is_wrong ? "signature_wrong" : "signature_malformed", "", document.error().message,
                is_wrong
                    ? "the profile was changed after it was signed: get it again from its maker"
                : document.error().hint.empty() ? "get the file again from its maker"
                                                : document.error().hint);
    return notes.take();
  }
  if (!document->signature) {
    notes.fault("unsigned", "", "it is not signed", "sign it with 'bramley profile sign'");
    return notes.take();
  }
  const SignedMessage& message = *document->signature;
  const auto chain = chain_from(message.signer(), message.certificates());
  check_digest(message, notes);
  // A chain that is out of its dates leads nowhere: that needs saying once.
  if (check_dates(chain, now, notes)) {
    check_chain(message, chain, now, roots, notes);
  }
  return notes.take();
}

}  // namespace bramley
