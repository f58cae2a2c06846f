#include "server/renewal_work.h"

namespace bramley {
namespace {

constexpr std::chrono::seconds step_interval(1);

}  // namespace

void RenewalWork::start(RenewalTerms terms, const RenewalWorker::Ports& ports) {
  worker_.emplace(terms, ports);
  background_ = std::make_unique<Periodic>(step_interval, [this] { worker_->step(); });
}

}  // namespace bramley
