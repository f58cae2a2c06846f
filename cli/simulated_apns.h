#pragma once

#include <memory>

#include "cli/session.h"
#include "cli/simulate_flags.h"
#include "cli/simulator/fake_apns.h"

namespace bramley {

// The push service that `simulate --apns-listen` runs, with the mailbox that wakes its devices.
class SimulatedApns {
 public:
  // Null without --apns-listen. Says on standard error where it listens, and what to trust there.
  // malformed: an address or a fault that is none, TLS files that cannot be used; unavailable: the
  // address is taken.
  static Result<std::unique_ptr<SimulatedApns>> start(Session& session, const SimulateFlags& flags,
                                                      double offline_share,
                                                      SimulationStatistics& statistics);
  // malformed: the address or a fault among the flags is none. Nothing is opened or read.
  static Status check(const SimulateFlags& flags);
  PushMailbox& mailbox() { return mailbox_; }

 private:
  SimulatedApns(const PushMailboxOptions& options, const Clock& clock,
                std::vector<ApnsFault> faults)
      : mailbox_(options, clock), faults_(std::move(faults), options.seed) {}

  PushMailbox mailbox_;
  ApnsFaults faults_;
  std::unique_ptr<FakeApns> server_;
};

}  // namespace bramley
