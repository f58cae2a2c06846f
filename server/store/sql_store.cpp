#include "server/store/sql_store.h"

#include "server/store/sql_queue.h"
#include "server/store/sql_schema.h"
#include "server/store/sql_values.h"

namespace bramley {
namespace {

struct RecordSighting {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE sightings SET seen_at = :now WHERE enrollment_key = "
      "(SELECT enrollment_key FROM enrollments WHERE id = :id)";
};

// Few enough that the devices' writes in between hardly wait.
constexpr std::size_t sightings_at_once = 500;

void write_sightings(WriteTransaction& transaction, const std::vector<SeenBuffer::Entry>& entries) {
  for (const auto& entry : entries) {
    transaction.run<RecordSighting>(seconds_of(entry.seen_at), entry.enrollment_id);
  }
}

}  // namespace

bool SqlStore::SeenWrites::write_some(WriteTransaction& transaction) {
  batch_ = seen_.take(sightings_at_once);
  write_sightings(transaction, batch_);
  offered_ = offers_.take(sightings_at_once);
  for (const auto& [offer, count] : offered_) {
    count_unanswered(transaction, offer.first, offer.second, count);
  }
  uses_ = tokens_used_.take(sightings_at_once);
  write_token_uses(transaction, uses_);
  return seen_.size() > batch_.size() || offers_.size() > offered_.size() ||
         tokens_used_.size() > uses_.size();
}

void SqlStore::SeenWrites::written() {
  seen_.written(batch_);
  offers_.written(offered_);
  tokens_used_.written(uses_);
}

SqlStore::SqlStore(SqlDatabase database, std::shared_ptr<const Sealer> sealer, Log& log,
                   Metrics& metrics)
    : lock_(std::move(database.lock)),
      dialect_(std::move(database.dialect)),
      write_connection_(std::move(database.write_connection)),
      readers_(std::move(database.read_connections), metrics),
      sealer_(std::move(sealer)),
      idle_(database.caching),
      bindings_(database.caching),
      dismissals_(database.caching),
      writer_(*write_connection_,
              {.buffered = &seen_writes_,
               .committed = [this](const auto& touched) { idle_.forget(touched); },
               .metrics = &metrics},
              log),
      context_{recorder_,   readers_, *sealer_, idle_,       bindings_,
               dismissals_, seen_,    offers_,  tokens_used_} {}

Result<FleetIdentity> SqlStore::fleet_identity() const {
  return readers_.read("read fleet identity", [&](SqlConnection& sql) {
    return Result(FleetIdentity{
        .url = read_property(sql, "fleet_url").value_or(std::string()),
        .ca_fingerprint = read_property(sql, "fleet_ca_fingerprint").value_or(std::string()),
        .ca_name_and_key = read_property(sql, "fleet_ca_name_and_key").value_or(std::string())});
  });
}

Status SqlStore::set_fleet_identity(const FleetIdentity& identity) {
  return writer_.write("set fleet identity", [&](WriteTransaction& transaction) -> Status {
    write_property(transaction, "fleet_url", identity.url);
    write_property(transaction, "fleet_ca_fingerprint", identity.ca_fingerprint);
    write_property(transaction, "fleet_ca_name_and_key", identity.ca_name_and_key);
    return {};
  });
}

Status SqlStore::check() const {
  return readers_.read("check database", [&](SqlConnection& sql) -> Status {
    (void)schema_version(sql);
    return {};
  });
}

Status SqlStore::flush() {
  // Bounded: what is noted while this runs is for the next time.
  for (auto rounds = seen_.size() / sightings_at_once + 2; rounds > 0; --rounds) {
    const auto entries = seen_.take(sightings_at_once);
    if (entries.empty()) {
      break;
    }
    TRY(writer_.write("write last-seen times", [&](WriteTransaction& transaction) -> Status {
      write_sightings(transaction, entries);
      return {};
    }));
    seen_.written(entries);
  }
  return {};
}

}  // namespace bramley
