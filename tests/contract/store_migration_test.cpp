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
  static constexpr bool survives = true;

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

TEST_F(StoreMigration, CommandsThatWerePutOffInTheFirstVersionAreOffered) {
  const auto id = enroll("D1");
  enqueue({"D1"}, command("C1"));
  enqueue({"D1"}, command("C2"));
  EXPECT_EQ(not_now(id, "C1"), "C2");
  EXPECT_EQ(not_now(id, "C2"), "");
  reopen_from(1,
              "ALTER TABLE parked DROP COLUMN held; DROP TABLE events; DROP TABLE webhooks; "
              "DROP TABLE held_events");
  EXPECT_EQ(queue_of(id), "C1 C2");
  EXPECT_EQ(idle(id), "C1");
  EXPECT_EQ(acknowledge(id, "C1"), "C2");
  EXPECT_EQ(acknowledge(id, "C2"), "");
}

}  // namespace
}  // namespace bramley
