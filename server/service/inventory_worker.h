#pragma once

#include <chrono>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "server/service/push_service.h"
#include "server/store/inventory_store.h"

namespace bramley {

// Asks enrolled devices for their facts, in the background: each once an interval, by a
// DeviceInformation and a SecurityInfo that go behind all else that waits. Several servers may do
// so over one database.
class InventoryWorker {
 public:
  struct Ports {
    InventoryStore& inventory;
    PushService& pushes;
    const Clock& clock;
    Random& random;
    Log& log;
    Metrics& metrics;
  };
  // For step(), `interval` is more than 0.
  InventoryWorker(std::chrono::seconds interval, const Ports& ports);

  // One step, of bounded work. Meant for every second.
  void step();

 private:
  Status ask();
  MetricCounter& counter(const std::string& outcome);

  const std::chrono::seconds interval_;
  const Ports ports_;
  MetricCounter& asked_;
  MetricCounter& put_off_;
  MetricCounter& spread_;
};

// The two commands, with UUIDs of that base. internal: cannot be.
Result<Command> inventory_information(const std::string& base);
Result<Command> inventory_security(const std::string& base);

}  // namespace bramley
