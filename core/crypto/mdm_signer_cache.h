#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/crypto/certificate.h"
#include "core/crypto/digest.h"
#include "core/crypto/trust_store.h"

namespace bramley {

// What is known about the signer of a message that was verified completely. Immutable.
struct KnownSigner {
  Certificate certificate;
  // Who reached the verdict, and while it holds.
  TrustStore trust;
  TrustStore::Span validity;
};

// The signers seen last, by MdmSignedData::claim(). Divided into parts with a lock each, so that
// threads seldom wait for one another. Safe to call from several threads.
class MdmSignerCache {
 public:
  // No more than `capacity` signers; 0 keeps none.
  explicit MdmSignerCache(std::size_t capacity);

  // Null if unknown.
  std::shared_ptr<const KnownSigner> find(const Fingerprint& claim);
  // Replaces what was known; the signer of its part that was not asked for longest makes room.
  void remember(const Fingerprint& claim, KnownSigner signer);

 private:
  struct Entry {
    Fingerprint claim;
    std::shared_ptr<const KnownSigner> signer;
  };
  struct Part {
    std::mutex mutex;
    std::list<Entry> by_use;  // the latest first
    std::unordered_map<Fingerprint, std::list<Entry>::iterator> by_claim;
  };

  Part& part_of(const Fingerprint& claim);

  std::size_t capacity_of_part_;
  std::vector<Part> parts_;
};

}  // namespace bramley
