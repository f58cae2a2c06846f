#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "server/store/file_lock.h"
#include "server/store/sql_certificates.h"
#include "server/store/sql_commands.h"
#include "server/store/sql_enrollments.h"
#include "server/store/sql_event_recorder.h"
#include "server/store/sql_events.h"
#include "server/store/sql_inventory.h"
#include "server/store/sql_push_schedule.h"
#include "server/store/sql_renewals.h"
#include "server/store/sql_tokens.h"
#include "server/store/sqlite_writer.h"
#include "server/store/store.h"

namespace bramley {

// An opened database, ready for use.
struct SqlDatabase {
  Caching caching = Caching::on;
  std::optional<FileLock> lock;
  std::unique_ptr<SqlDialect> dialect;
  std::unique_ptr<SqlConnection> write_connection;
  std::vector<std::unique_ptr<SqlConnection>> read_connections;
};

class SqlStore : public Store {
 public:
  SqlStore(SqlDatabase database, std::shared_ptr<const Sealer> sealer, Log& log,
           Metrics& metrics = no_metrics());
  EnrollmentStore& enrollments() override { return enrollments_; }
  CommandQueue& commands() override { return commands_; }
  CertificateStore& certificates() override { return certificates_; }
  PushSchedule& push_schedule() override { return push_schedule_; }
  EventStore& events() override { return events_; }
  RenewalStore& renewals() override { return renewals_; }
  InventoryStore& inventory() override { return inventory_; }
  TokenStore& tokens() override { return tokens_; }
  Result<FleetIdentity> fleet_identity() const override;
  Status set_fleet_identity(const FleetIdentity& identity) override;
  Status check() const override;
  Status flush() override;

 private:
  // Feeds the writer with last-seen times, with deliveries that nobody answered, and with the last
  // uses of tokens.
  class SeenWrites : public BufferedWrites {
   public:
    SeenWrites(SeenBuffer& seen, OfferBuffer& offers, SeenBuffer& tokens_used)
        : seen_(seen), offers_(offers), tokens_used_(tokens_used) {}
    bool write_some(WriteTransaction& transaction) override;
    void written() override;

   private:
    SeenBuffer& seen_;
    OfferBuffer& offers_;
    SeenBuffer& tokens_used_;
    std::vector<SeenBuffer::Entry> batch_;
    std::vector<OfferBuffer::Entry> offered_;
    std::vector<SeenBuffer::Entry> uses_;
  };

  // In the order of their making: the writer stops first, and its connection closes after the
  // readers', which lets SQLite fold its log into the file.
  std::optional<FileLock> lock_;
  std::unique_ptr<SqlDialect> dialect_;
  std::unique_ptr<SqlConnection> write_connection_;
  ReaderPool readers_;
  std::shared_ptr<const Sealer> sealer_;
  IdleCache idle_;
  BindingCache bindings_;
  DismissalCache dismissals_;
  SeenBuffer seen_;
  OfferBuffer offers_;
  SeenBuffer tokens_used_;
  SeenWrites seen_writes_{seen_, offers_, tokens_used_};
  SqliteWriter writer_;
  EventRecorder recorder_{writer_};
  SqlContext context_;
  SqlEnrollments enrollments_{context_};
  SqlCommands commands_{context_};
  SqlCertificates certificates_{context_};
  SqlPushSchedule push_schedule_{context_};
  SqlEvents events_{context_, recorder_};
  SqlRenewals renewals_{context_};
  SqlInventory inventory_{context_};
  SqlTokens tokens_{context_};
};

}  // namespace bramley
