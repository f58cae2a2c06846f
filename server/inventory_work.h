#pragma once

#include <memory>
#include <optional>

#include "server/periodic.h"
#include "server/service/inventory_worker.h"

namespace bramley {

// Asking devices for their facts in the background.
class InventoryWork {
 public:
  // interval 0: nobody is asked.
  void start(std::chrono::seconds interval, const InventoryWorker::Ports& ports);
  // Waits for a step that is under way. Idempotent.
  void stop() { background_.reset(); }

 private:
  std::optional<InventoryWorker> worker_;
  std::unique_ptr<Periodic> background_;
};

}  // namespace bramley
