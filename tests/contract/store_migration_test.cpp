// A database that an older version left behind.

#include <sqlite3.h>

#include "tests/contract/store_contract.h"

namespace bramley {
namespace {

class OldDatabaseMaker {
 public:
  std::unique_ptr<Store> open() {
    return open_sqlite_store({.file = file()}, test_sealer(), log_).value();
  }
  std::filesystem::path file() const { return directory_.path() / "bramley.db"; }

 private:
  TemporaryDirectory directory_;
  NullLog log_;
};

class StoreMigration : public StoreContract<OldDatabaseMaker> {
 protected:
  // Closes the store, undoes what the newer steps did, and opens it again.
  void reopen_from(int version, const std::string& undo) {
    store_.reset();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(maker_.file().c_str(), &database), SQLITE_OK);
    const auto sql = undo + "; UPDATE schema_version SET version = " + std::to_string(version);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
    store_ = maker_.open();
  }
};

// Back from the third version.
constexpr std::string_view undo_later =
    "DROP INDEX settled_of_command; ALTER TABLE commands DROP COLUMN not_now;"
    "CREATE TABLE queue (enrollment_key INTEGER NOT NULL, command_key INTEGER NOT NULL, "
    "PRIMARY KEY (enrollment_key, command_key)) WITHOUT ROWID;"
    "INSERT INTO queue SELECT enrollment_key, command_key FROM queued;"
    "DROP TABLE queued; DROP TABLE expiring; DROP TABLE settled; DROP TABLE expansions;"
    "DROP TABLE expansion_cleared; DROP INDEX deliveries_by_time;"
    "CREATE INDEX deliveries_of_enrollment ON deliveries (enrollment_key, command_key);"
    "ALTER TABLE parked DROP COLUMN expires_at; ALTER TABLE parked DROP COLUMN unanswered;"
    "ALTER TABLE commands DROP COLUMN priority; ALTER TABLE commands DROP COLUMN expires_at;"
    "ALTER TABLE commands DROP COLUMN stuck; ALTER TABLE commands DROP COLUMN expired;"
    "ALTER TABLE commands DROP COLUMN cancelled; ALTER TABLE commands DROP COLUMN kept;"
    "DROP TABLE revocations; ALTER TABLE enrollments DROP COLUMN token_at;"
    "DROP TABLE push_schedule; DROP TABLE user_challenges;"
    "DROP TABLE events; DROP TABLE webhooks; DROP TABLE held_events; DROP TABLE "
    "webhook_definitions;"
    "ALTER TABLE enrollments DROP COLUMN dismissal;"
    "DROP TABLE device_facts; DROP TABLE inventory_schedule;"
    "DROP TABLE renewals; DROP INDEX enrollments_by_renewal;"
    "ALTER TABLE enrollments DROP COLUMN identity_not_after;"
    "ALTER TABLE enrollments DROP COLUMN approved_until;"
    "ALTER TABLE enrollments DROP COLUMN approved_for;"
    "ALTER TABLE enrollments DROP COLUMN renewal_due; ALTER TABLE bindings DROP COLUMN renewal;"
    "ALTER TABLE challenges DROP COLUMN renewal_of; DROP TABLE api_tokens;"
    "ALTER TABLE commands DROP COLUMN created_by_id;"
    "ALTER TABLE commands DROP COLUMN created_by_name";

TEST_F(StoreMigration, QueuesAndHistoryOfTheSecondVersionGoOn) {
  const auto id = enroll("D1");
  for (const auto* uuid : {"C1", "C2", "C3"}) {
    enqueue({"D1"}, command(uuid));
  }
  EXPECT_EQ(acknowledge(id, "C1"), "C2");
  EXPECT_EQ(not_now(id, "C2"), "C3");
  reopen_from(2, std::string(undo_later));
  EXPECT_EQ(queue_of(id), "C3 C2");
  EXPECT_EQ(summary("C2").not_now, 1);
  EXPECT_EQ(summary("C3").not_now, 0);
  EXPECT_EQ(commands().settled("C1", 0, 10, 1000)->size(), 1U);
  EXPECT_EQ(commands().list({.enrollment_id = "D1"}, {})->items.size(), 3U);
  EXPECT_EQ(idle(id), "C3");
  EXPECT_EQ(acknowledge(id, "C3"), "C2");
  EXPECT_EQ(acknowledge(id, "C2"), "");
  EXPECT_EQ(commands().forget({.results = 1}, now(), 100).value(), 2);
  EXPECT_FALSE(*commands().find("C1"));
  EXPECT_EQ(summary("C2").acknowledged, 1);
}

TEST_F(StoreMigration, CommandsThatWerePutOffInTheFirstVersionAreOffered) {
  const auto id = enroll("D1");
  enqueue({"D1"}, command("C1"));
  enqueue({"D1"}, command("C2"));
  EXPECT_EQ(not_now(id, "C1"), "C2");
  EXPECT_EQ(not_now(id, "C2"), "");
  reopen_from(1, std::string(undo_later) + "; ALTER TABLE parked DROP COLUMN held");
  EXPECT_TRUE(*store_->push_schedule().next_due());
  EXPECT_EQ(queue_of(id), "C1 C2");
  EXPECT_EQ(idle(id), "C1");
  EXPECT_EQ(acknowledge(id, "C1"), "C2");
  EXPECT_EQ(acknowledge(id, "C2"), "");
}

}  // namespace
}  // namespace bramley
