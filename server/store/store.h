#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/crypto/sealer.h"
#include "server/store/certificate_store.h"
#include "server/store/command_queue.h"
#include "server/store/enrollment_store.h"
#include "server/store/event_store.h"
#include "server/store/inventory_store.h"
#include "server/store/push_schedule.h"
#include "server/store/renewal_store.h"
#include "server/store/token_store.h"

namespace bramley {

// What the fleet depends on staying the same; empty while never set.
struct FleetIdentity {
  std::string url;
  std::string ca_fingerprint;  // hex SHA-256
  // Hex SHA-256 of the CA's name and public key, which its renewal keeps and chains hold on to;
  // empty where an older version wrote the fingerprint alone.
  std::string ca_name_and_key = {};

  bool operator==(const FleetIdentity&) const = default;
};

// All ports over one database. Safe to call from several threads.
class Store {
 public:
  virtual ~Store() = default;
  virtual EnrollmentStore& enrollments() = 0;
  virtual CommandQueue& commands() = 0;
  virtual CertificateStore& certificates() = 0;
  virtual PushSchedule& push_schedule() = 0;
  virtual EventStore& events() = 0;
  virtual RenewalStore& renewals() = 0;
  virtual InventoryStore& inventory() = 0;
  virtual TokenStore& tokens() = 0;

  virtual Result<FleetIdentity> fleet_identity() const = 0;
  virtual Status set_fleet_identity(const FleetIdentity& identity) = 0;

  // A trivial read: whether the database answers.
  virtual Status check() const = 0;
  // Writes what is buffered (last-seen times). Called at shutdown too.
  virtual Status flush() = 0;
};

// In memory, nothing survives: for tests.
std::unique_ptr<Store> make_memory_store();

struct SqliteOptions {
  std::filesystem::path file;
  // Named VFS for tests; empty: the default.
  std::string vfs = {};
  enum class Synchronous {
    full,
    off
  } synchronous = Synchronous::full;  // off: only for the test that must fail
  int readers = 4;
  // shared: other stores use the file at the same time, as several servers use one database of
  // another engine; no lock keeps them out, and nothing is remembered that they may change. For
  // tests: servers have a file of their own.
  enum class Use { alone, shared } use = Use::alone;
  Metrics* metrics = &no_metrics();  // outlives the store
};
// Opens or makes the database and brings it to this version's schema. The directory must exist.
// conflict: not ours, newer than us, or in use by another server. unauthenticated: sealed with
// another data key. unavailable: cannot be opened or is damaged. Each names the file and has a
// hint; nothing is half-written.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options,
                                                 std::shared_ptr<const Sealer> sealer, Log& log);

}  // namespace bramley
