// What another server wrote into the same database.

#include <sqlite3.h>

#include "tests/contract/store_contract.h"

namespace bramley {
namespace {

class FileMaker {
 public:
  std::unique_ptr<Store> open() {
    return open_sqlite_store({.file = file()}, test_sealer(), log_).value();
  }
  std::filesystem::path file() const { return directory_.path() / "bramley.db"; }

 private:
  TemporaryDirectory directory_;
  NullLog log_;
};

class StoreBesideAnother : public StoreContract<FileMaker> {
 protected:
  void write(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(maker_.file().c_str(), &database), SQLITE_OK);
    sqlite3_busy_timeout(database, 5000);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  bool works(const Certificate& certificate) {
    return certificates().device_of(certificate.fingerprint()).value().has_value();
  }
};

TEST_F(StoreBesideAnother, WhatTheOtherRevokedIsForgottenHere) {
  const auto revoked = distinct_certificate();
  const auto other = distinct_certificate();
  ASSERT_TRUE(begin(EnrollmentId::device("D1"), revoked));
  ASSERT_TRUE(begin(EnrollmentId::device("D2"), other));
  EXPECT_TRUE(works(revoked));  // and is remembered
  EXPECT_TRUE(works(other));
  ASSERT_TRUE(store_->renewals().due(now(), 1));
  clock_.advance(std::chrono::seconds(1));
  write("INSERT INTO revocations (fingerprint, revoked_at, reason) VALUES ('" +
        revoked.fingerprint().hex() + "', " + std::to_string(now().time_since_epoch().count()) +
        ", 4)");
  // Even after a while in which nobody looked.
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(store_->renewals().due(now(), 1));
  EXPECT_FALSE(works(revoked));
  EXPECT_TRUE(works(other));
}

}  // namespace
}  // namespace bramley
