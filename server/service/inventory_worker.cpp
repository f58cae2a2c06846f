#include "server/service/inventory_worker.h"

#include <algorithm>

#include "core/mdm/fact_sources.h"

namespace bramley {
namespace {

// Behind whatever an administrator sends.
constexpr std::int64_t inventory_priority = -50;
// A device that is away for so long finds nothing of before when it comes back.
constexpr std::chrono::hours least_lifetime{24 * 7};
constexpr std::int64_t asked_at_once = 100;

}  // namespace

Result<Command> inventory_information(const std::string& base) {
  PlistArray queries;
  for (std::string& query : fact_queries()) {
    queries.emplace_back(std::move(query));
  }
  PlistDictionary parameters;
  parameters.set("Queries", std::move(queries));
  return make_command("DeviceInformation", parameters, information_uuid(base));
}

Result<Command> inventory_security(const std::string& base) {
  return make_command("SecurityInfo", {}, security_uuid(base));
}

InventoryWorker::InventoryWorker(std::chrono::seconds interval, const Ports& ports)
    : interval_(interval),
      ports_(ports),
      asked_(counter("asked")),
      put_off_(counter("unanswered")),
      spread_(counter("spread")) {}

MetricCounter& InventoryWorker::counter(const std::string& outcome) {
  return ports_.metrics.counter(
      {"bramley_inventory_devices_total",
       "Devices that were due to be asked for their facts: asked, put off as they had not answered "
       "yet, or spread out as too many were due."},
      {{"outcome", outcome}});
}

void InventoryWorker::step() {
  if (const Status done = ask(); !done) {
    ports_.log.error("devices not asked for their facts", {{"cause", done.error().message}});
  }
}

Status InventoryWorker::ask() {
  InventoryStore::Refresh refresh;
  refresh.interval = interval_;
  refresh.base = std::string(inventory_command_prefix) + random_uuid(ports_.random);
  TRY_ASSIGN(refresh.information, inventory_information(refresh.base));
  TRY_ASSIGN(refresh.security, inventory_security(refresh.base));
  const Timestamp now = ports_.clock.now();
  refresh.terms.priority = inventory_priority;
  refresh.terms.expires_at = now + std::max<std::chrono::seconds>(least_lifetime, interval_ * 2);
  refresh.terms.push.by = PushOrder::By::dispatcher;
  for (const std::uint8_t byte : random_bytes(ports_.random, sizeof refresh.salt)) {
    refresh.salt = refresh.salt << 8U | byte;
  }
  refresh.limit = asked_at_once;
  TRY_ASSIGN(const auto done, ports_.inventory.refresh(refresh, now));
  asked_.add(static_cast<double>(done.asked));
  put_off_.add(static_cast<double>(done.put_off));
  spread_.add(static_cast<double>(done.spread));
  if (done.asked > 0) {
    ports_.log.debug("devices asked for their facts", {{"count", std::to_string(done.asked)}});
    ports_.pushes.wake();
  }
  return {};
}

}  // namespace bramley
