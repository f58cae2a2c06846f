#pragma once

#include <memory>
#include <optional>

#include "server/periodic.h"
#include "server/service/renewal_worker.h"

namespace bramley {

// The renewal of identities in the background, and what devices' messages tell it.
class RenewalWork {
 public:
  RenewalHints& hints() { return hints_; }
  // `ports.hints` are these.
  void start(RenewalTerms terms, const RenewalWorker::Ports& ports);
  // Waits for a step that is under way. Idempotent.
  void stop() { background_.reset(); }

 private:
  RenewalHints hints_;
  std::optional<RenewalWorker> worker_;
  std::unique_ptr<Periodic> background_;
};

}  // namespace bramley
