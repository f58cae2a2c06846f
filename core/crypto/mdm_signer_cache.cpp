#include "core/crypto/mdm_signer_cache.h"

#include <algorithm>

namespace bramley {

namespace {

constexpr std::size_t most_parts = 32;
// With fewer, chance would fill one part and leave another empty.
constexpr std::size_t fewest_signers_a_part = 64;

}  // namespace

MdmSignerCache::MdmSignerCache(std::size_t capacity)
    : parts_(std::clamp<std::size_t>(capacity / fewest_signers_a_part, 1, most_parts)) {
  capacity_of_part_ = capacity / parts_.size();
}

MdmSignerCache::Part& MdmSignerCache::part_of(const Fingerprint& claim) {
  // The last byte: the hash that the maps use takes the first eight.
  return parts_[claim.bytes.back() % parts_.size()];
}

std::shared_ptr<const KnownSigner> MdmSignerCache::find(const Fingerprint& claim) {
  Part& part = part_of(claim);
  const std::lock_guard lock(part.mutex);
  const auto found = part.by_claim.find(claim);
  if (found == part.by_claim.end()) {
    return nullptr;
  }
  part.by_use.splice(part.by_use.begin(), part.by_use, found->second);
  return found->second->signer;
}

void MdmSignerCache::remember(const Fingerprint& claim, KnownSigner signer) {
  if (capacity_of_part_ == 0) {
    return;
  }
  auto shared = std::make_shared<const KnownSigner>(std::move(signer));
  // Freed after the lock is released: it may be the last owner of a certificate.
  std::shared_ptr<const KnownSigner> dropped;
  Part& part = part_of(claim);
  const std::lock_guard lock(part.mutex);
  if (const auto known = part.by_claim.find(claim); known != part.by_claim.end()) {
    dropped = std::exchange(known->second->signer, std::move(shared));
    part.by_use.splice(part.by_use.begin(), part.by_use, known->second);
    return;
  }
  if (part.by_use.size() == capacity_of_part_) {
    dropped = std::move(part.by_use.back().signer);
    part.by_claim.erase(part.by_use.back().claim);
    part.by_use.pop_back();
  }
  part.by_use.push_front({claim, std::move(shared)});
  part.by_claim.emplace(claim, part.by_use.begin());
}

}  // namespace bramley
