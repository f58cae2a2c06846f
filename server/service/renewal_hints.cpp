#include "server/service/renewal_hints.h"

#include <algorithm>
#include <iterator>

namespace bramley {

void RenewalHints::note_use(const IdentityUse& use) {
  const std::lock_guard lock(mutex_);
  if (noted_.size() >= most_remembered) {
    noted_.clear();
  }
  // One that there is no room for is passed on when the device comes next.
  if (uses_.size() < most_remembered && noted_.insert(use.certificate).second) {
    uses_.push_back(use);
  }
}

void RenewalHints::note_answer(const std::string& device_id) {
  const std::lock_guard lock(mutex_);
  if (answers_.size() < most_remembered) {
    answers_.insert(device_id);
  }
}

void RenewalHints::note_fault(Fault fault) {
  const std::lock_guard lock(mutex_);
  if (faults_.size() < most_remembered) {
    faults_.push_back(std::move(fault));
  }
}

std::vector<IdentityUse> RenewalHints::take_uses(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  const auto end = uses_.begin() + static_cast<std::ptrdiff_t>(std::min(limit, uses_.size()));
  std::vector<IdentityUse> taken(std::make_move_iterator(uses_.begin()),
                                 std::make_move_iterator(end));
  uses_.erase(uses_.begin(), end);
  return taken;
}

void RenewalHints::put_back(std::vector<IdentityUse> uses) {
  const std::lock_guard lock(mutex_);
  uses_.insert(uses_.begin(), std::make_move_iterator(uses.begin()),
               std::make_move_iterator(uses.end()));
}

std::vector<std::string> RenewalHints::take_answers(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> taken;
  while (!answers_.empty() && taken.size() < limit) {
    taken.push_back(std::move(answers_.extract(answers_.begin()).value()));
  }
  return taken;
}

std::vector<RenewalHints::Fault> RenewalHints::take_faults() {
  const std::lock_guard lock(mutex_);
  return std::exchange(faults_, {});
}

}  // namespace bramley
