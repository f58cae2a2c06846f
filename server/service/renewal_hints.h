#pragma once

#include <mutex>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "server/store/renewal_store.h"

namespace bramley {

// What devices' messages tell about renewals, for the work in the background: so that no message
// waits for it, nor writes. In memory only: a use that a crash loses is seen again when the device
// comes next, and an answer is found when its renewal is looked at anyway. Safe to call from
// several threads.
class RenewalHints {
 public:
  // A fault of ours when a profile was to be delivered.
  struct Fault {
    std::string device_id;
    std::string command_uuid;
    std::string text;
  };

  // Passes each certificate on once. That one needs no note any more stays true whatever other
  // servers do: a certificate that was used is used.
  void note_use(const IdentityUse& use);
  // The report for this device's InstallProfile came.
  void note_answer(const std::string& device_id);
  void note_fault(Fault fault);

  std::vector<IdentityUse> take_uses(std::size_t limit);
  // They could not be noted.
  void put_back(std::vector<IdentityUse> uses);
  std::vector<std::string> take_answers(std::size_t limit);
  std::vector<Fault> take_faults();

 private:
  // Above it we forget, and look at some certificates once more.
  static constexpr std::size_t most_remembered = 200'000;
  std::mutex mutex_;
  std::unordered_set<Fingerprint> noted_;
  std::vector<IdentityUse> uses_;
  std::set<std::string> answers_;
  std::vector<Fault> faults_;
};

}  // namespace bramley
