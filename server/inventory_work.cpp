#include "server/inventory_work.h"

namespace bramley {
namespace {

constexpr std::chrono::seconds step_interval(1);

}  // namespace

void InventoryWork::start(std::chrono::seconds interval, const InventoryWorker::Ports& ports) {
  worker_.emplace(interval, ports);  // its metrics are there, whether or not it asks anybody
  if (interval.count() > 0) {
    background_ = std::make_unique<Periodic>(step_interval, [this] { worker_->step(); });
  }
}

}  // namespace bramley
