#pragma once

#include "tests/contract/store_contract.h"

namespace bramley {

// Enrollments that come from another server, and those that are removed.
template <class Maker>
class MigrationContract : public StoreContract<Maker> {
 protected:
  using Migrated = EnrollmentStore::Migrated;

  static SecretBytes secret(std::string_view text) { return SecretBytes(text); }
  Migrated device(const EnrollmentId& id, const std::string& serial_number = "SERIAL") {
    auto done = this->enrollments().migrate_device(id, this->authenticate(serial_number),
                                                   as_bytes("<raw/>"), this->now());
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : Migrated::known_already;
  }
  Migrated token(const EnrollmentId& id, const TokenUpdate& message) {
    auto done =
        this->enrollments().migrate_push_token(id, message, as_bytes("<raw/>"), this->now());
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : Migrated::known_already;
  }
  Migrated token(const EnrollmentId& id, const std::string& magic = "old magic") {
    return token(id, this->token_update(magic));
  }
  Migrated bootstrap(const EnrollmentId& id, std::string_view text) {
    auto done = this->enrollments().migrate_bootstrap_token(
        id, text.empty() ? std::nullopt : std::optional(secret(text)));
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : Migrated::known_already;
  }
  std::string bootstrap_of(const EnrollmentId& id) {
    auto found = this->enrollments().bootstrap_token(id);
    EXPECT_TRUE(found);
    return found && *found ? std::string((*found)->reveal_text()) : "";
  }
  Status associate(const Certificate& certificate, const std::string& device_id) {
    return this->certificates().bind_first(certificate.fingerprint(), device_id);
  }
  Status remove(const std::string& id) { return this->enrollments().remove(id, this->now()); }
  bool is_known(const std::string& id) {
    auto found = this->enrollments().find(id);
    EXPECT_TRUE(found);
    return found && *found;
  }
  void check_out(const EnrollmentId& id) {
    EXPECT_TRUE(this->enrollments().end_enrollment(id, this->now()));
  }
};
TYPED_TEST_SUITE_P(MigrationContract);

TYPED_TEST_P(MigrationContract, ADeviceComesInAnyOrderOfItsMessages) {
  for (int turn = 0; turn < 6; ++turn) {
    const auto id = EnrollmentId::device("D" + std::to_string(turn));
    auto message = this->token_update("old magic");
    message.unlock_token.emplace(std::string_view("unlock"));
    const std::function<void()> steps[] = {[&] { this->device(id, "C02"); },
                                           [&] { this->token(id, message); },
                                           [&] { this->bootstrap(id, "boot"); }};
    const int first = turn % 3;
    const int second = (first + (turn < 3 ? 1 : 2)) % 3;
    steps[first]();
    steps[second]();
    steps[3 - first - second]();
    this->reopen();
    const auto found = this->find(id.value());
    EXPECT_EQ(found.state, EnrollmentState::enrolled);
    EXPECT_EQ(found.serial_number, "C02");
    EXPECT_EQ(found.push_magic, "old magic");
    EXPECT_EQ(found.token_update_tally, 1);
    EXPECT_EQ(found.authenticated_at, this->now());
    EXPECT_FALSE(found.certificate);
    EXPECT_EQ(this->bootstrap_of(id), "boot");
    EXPECT_EQ((*this->enrollments().unlock_token(id))->reveal_text(), "unlock");
  }
}

TYPED_TEST_P(MigrationContract, AUserMayComeBeforeItsDevice) {
  const auto user = EnrollmentId::user("D1", "U1");
  EXPECT_EQ(this->token(user), EnrollmentStore::Migrated::taken);
  EXPECT_EQ(this->find("D1").state, EnrollmentState::pending);
  EXPECT_EQ(this->find("D1:U1").state, EnrollmentState::enrolled);
  this->device(EnrollmentId::device("D1"));
  this->token(EnrollmentId::device("D1"));
  EXPECT_EQ(this->find("D1").state, EnrollmentState::enrolled);
  EXPECT_EQ(this->find("D1:U1").state, EnrollmentState::enrolled);
  EXPECT_FALSE(this->enrollments().migrate_device(user, this->authenticate(), {}, this->now()));
}

TYPED_TEST_P(MigrationContract, ComingAgainLosesNothing) {
  const auto id = EnrollmentId::device("D1");
  this->device(id);
  this->token(id);
  this->bootstrap(id, "boot");
  EXPECT_TRUE(this->enqueue({"D1"}, this->command("C1")).empty());
  this->device(id, "C03");
  this->token(id, "newer magic");
  EXPECT_EQ(this->find("D1").state, EnrollmentState::enrolled);
  EXPECT_EQ(this->find("D1").serial_number, "C03");
  EXPECT_EQ(this->find("D1").push_magic, "newer magic");
  EXPECT_EQ(this->bootstrap_of(id), "boot");
  EXPECT_EQ(this->queue_of(id), "C1");
  this->bootstrap(id, "");
  EXPECT_EQ(this->bootstrap_of(id), "");
}

TYPED_TEST_P(MigrationContract, ADeviceThatIsBoundSpeaksForItself) {
  const auto id = this->enroll("D1");
  ASSERT_TRUE(this->enrollments().set_bootstrap_token(id, this->secret("its own"), this->now()));
  EXPECT_EQ(this->device(id, "OTHER"), EnrollmentStore::Migrated::known_already);
  EXPECT_EQ(this->token(id), EnrollmentStore::Migrated::known_already);
  EXPECT_EQ(this->bootstrap(id, "old"), EnrollmentStore::Migrated::known_already);
  EXPECT_EQ(this->bootstrap(id, ""), EnrollmentStore::Migrated::known_already);
  EXPECT_EQ(this->find("D1").serial_number, "SERIAL");
  EXPECT_EQ(this->find("D1").push_magic, "magic");
  EXPECT_EQ(this->bootstrap_of(id), "its own");
  this->check_out(id);
  EXPECT_EQ(this->token(id), EnrollmentStore::Migrated::known_already);
  EXPECT_EQ(this->find("D1").state, EnrollmentState::checked_out);
}

TYPED_TEST_P(MigrationContract, WhatAnAssociatedDeviceLacksIsStillTaken) {
  const auto id = EnrollmentId::device("D1");
  this->bootstrap(id, "");
  ASSERT_TRUE(this->associate(distinct_certificate(), "D1"));
  EXPECT_EQ(this->device(id, "C02"), EnrollmentStore::Migrated::taken);
  EXPECT_EQ(this->token(id), EnrollmentStore::Migrated::taken);
  EXPECT_EQ(this->bootstrap(id, "boot"), EnrollmentStore::Migrated::taken);
  EXPECT_EQ(this->find("D1").state, EnrollmentState::enrolled);
  EXPECT_EQ(this->find("D1").serial_number, "C02");
  EXPECT_EQ(this->bootstrap_of(id), "boot");
  EXPECT_EQ(this->device(id, "C03"), EnrollmentStore::Migrated::known_already);
}

TYPED_TEST_P(MigrationContract, NobodyTakesOverAnIdByMigration) {
  const auto user = this->enroll("D1");
  this->enroll_user("D1", "U1");
  const auto claimed = EnrollmentId::restore(EnrollmentType::device, "D1:U1", "D1:U1");
  const auto refused =
      this->enrollments().migrate_device(claimed, this->authenticate(), {}, this->now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
}

TYPED_TEST_P(MigrationContract, ACertificateIsAssociatedOnceAndForGood) {
  const auto first = distinct_certificate();
  const auto second = distinct_certificate();
  this->expect_code(this->associate(first, "D1"), ErrorCode::unauthenticated);
  this->device(EnrollmentId::device("D1"));
  this->device(EnrollmentId::device("D2"));
  this->token(EnrollmentId::user("D1", "U1"));
  this->expect_code(this->associate(first, "D1:U1"), ErrorCode::unauthenticated);
  ASSERT_TRUE(this->associate(first, "D1"));
  this->reopen();
  EXPECT_EQ(*this->certificates().device_of(first.fingerprint()), "D1");
  EXPECT_EQ(this->find("D1").certificate, first.fingerprint());
  this->expect_code(this->associate(first, "D2"), ErrorCode::unauthenticated);
  this->expect_code(this->associate(second, "D1"), ErrorCode::unauthenticated);
  EXPECT_FALSE(*this->certificates().device_of(second.fingerprint()));
}

TYPED_TEST_P(MigrationContract, ARevokedCertificateAndADeviceOfARevokedOneAreNotAssociated) {
  const auto revoked = distinct_certificate();
  this->enroll("D0");
  ASSERT_TRUE(this->begin(EnrollmentId::device("D0"), revoked));
  ASSERT_TRUE(this->certificates().revoke(revoked.fingerprint(), RevocationReason::key_compromise,
                                          this->now()));
  this->device(EnrollmentId::device("D1"));
  this->expect_code(this->associate(revoked, "D1"), ErrorCode::unauthenticated);
  // All its certificates are revoked: that is no reason to take just any other.
  this->device(EnrollmentId::device("D2"));
  const auto its_own = distinct_certificate();
  ASSERT_TRUE(this->associate(its_own, "D2"));
  ASSERT_TRUE(this->certificates().revoke(its_own.fingerprint(), RevocationReason::key_compromise,
                                          this->now()));
  this->expect_code(this->associate(distinct_certificate(), "D2"), ErrorCode::unauthenticated);
}

TYPED_TEST_P(MigrationContract, ACertificateForAnotherDeviceIsNotAssociated) {
  const auto certificate = distinct_certificate();
  ASSERT_TRUE(
      this->certificates().record_issued({.certificate = certificate,
                                          .transaction_id = "T1",
                                          .public_key = sha256(certificate.public_key_der()),
                                          .issued_at = this->now(),
                                          .device = {.udid = "D2", .serial_number = ""}},
                                         std::nullopt, this->now()));
  this->device(EnrollmentId::device("D1"));
  this->device(EnrollmentId::device("D2"));
  this->expect_code(this->associate(certificate, "D1"), ErrorCode::forbidden);
  EXPECT_TRUE(this->associate(certificate, "D2"));
}

TYPED_TEST_P(MigrationContract, ACheckedOutDeviceIsNotAssociated) {
  const auto id = EnrollmentId::device("D1");
  this->device(id);
  this->check_out(id);
  this->expect_code(this->associate(distinct_certificate(), "D1"), ErrorCode::unauthenticated);
}

TYPED_TEST_P(MigrationContract, ARemovedDeviceLeavesNothingButItsBindings) {
  const auto certificate = distinct_certificate();
  const auto id = EnrollmentId::device("D1");
  ASSERT_TRUE(this->begin(id, certificate));
  ASSERT_TRUE(this->update(id));
  const auto user = this->enroll_user("D1", "U1");
  const auto other = this->enroll("D2");
  ASSERT_TRUE(this->enrollments().set_bootstrap_token(id, this->secret("boot"), this->now()));
  EXPECT_TRUE(this->enqueue({"D1", "D2"}, this->command("shared")).empty());
  EXPECT_TRUE(this->enqueue({"D1", "D1:U1"}, this->command("own")).empty());
  EXPECT_TRUE(this->enqueue({"D1"}, this->command("waiting")).empty());
  this->idle(id);
  EXPECT_EQ(this->acknowledge(id, "shared"), "own");
  this->expect_code(this->remove("D1"), ErrorCode::conflict);
  this->expect_code(this->remove("D1:U1"), ErrorCode::conflict);
  EXPECT_EQ(this->queue_of(id), "own waiting");
  this->check_out(id);

  ASSERT_TRUE(this->remove("D1"));
  this->reopen();
  EXPECT_FALSE(this->is_known("D1"));
  EXPECT_FALSE(this->is_known("D1:U1"));
  EXPECT_EQ(this->bootstrap_of(id), "");
  EXPECT_EQ(this->queue_of(id), "");
  EXPECT_FALSE(*this->commands().find("own"));
  EXPECT_FALSE(*this->commands().find("waiting"));
  EXPECT_EQ(this->results("shared").size(), 1U);
  const auto addresses = this->store_->push_schedule().addresses(std::vector<std::string>{"D1"});
  ASSERT_TRUE(addresses);
  EXPECT_FALSE(addresses->front().has_value());
  EXPECT_EQ(*this->certificates().device_of(certificate.fingerprint()), "D1");
  this->expect_code(this->begin(EnrollmentId::device("D3"), certificate), ErrorCode::conflict);
  this->expect_code(this->remove("D1"), ErrorCode::not_found);
  // The others are as they were, and the UUIDs are free again.
  EXPECT_EQ(this->idle(other), "shared");
  EXPECT_TRUE(this->enqueue({"D2"}, this->command("own")).empty());
}

TYPED_TEST_P(MigrationContract, ARemovedDeviceMayComeBackAndGetsNothingOld) {
  const auto id = this->enroll("D1");
  EXPECT_TRUE(this->enqueue({"D1"}, this->command("old")).empty());
  this->idle(id);
  this->acknowledge(id, "old");
  this->check_out(id);
  ASSERT_TRUE(this->remove("D1"));
  this->enroll("D1");
  this->enroll("D2");
  EXPECT_EQ(this->find("D1").token_update_tally, 1);
  EXPECT_EQ(this->idle(id), "");
  EXPECT_TRUE(this->enqueue({"D1"}, this->command("new")).empty());
  // What was settled for the old one is forgotten; what waits for the new one is not.
  ASSERT_TRUE(this->commands().forget({.age = std::chrono::seconds(0), .results = 0},
                                      this->now() + std::chrono::hours(1), 100));
  EXPECT_EQ(this->idle(id), "new");
}

TYPED_TEST_P(MigrationContract, AUserIsRemovedAloneAndPendingDevicesToo) {
  const auto device = this->enroll("D1");
  const auto user = this->enroll_user("D1", "U1");
  this->check_out(user);
  ASSERT_TRUE(this->remove("D1:U1"));
  EXPECT_FALSE(this->is_known("D1:U1"));
  EXPECT_EQ(this->find("D1").state, EnrollmentState::enrolled);
  ASSERT_TRUE(this->begin(EnrollmentId::device("D2"), distinct_certificate()));
  ASSERT_TRUE(this->remove("D2"));
  EXPECT_FALSE(this->is_known("D2"));
}

TYPED_TEST_P(MigrationContract, ABlockIsNotForgottenByRemoval) {
  const auto device = this->enroll("D1");
  ASSERT_TRUE(this->enrollments().set_dismissal("D1", Dismissal::block));
  this->check_out(device);
  this->expect_code(this->remove("D1"), ErrorCode::conflict);
  ASSERT_TRUE(this->enrollments().set_dismissal("D1", Dismissal::none));
  EXPECT_TRUE(this->remove("D1"));
}

TYPED_TEST_P(MigrationContract, ADeviceWithVeryManyAnswersIsRemovedWhole) {
  const auto id = this->enroll("D1");
  for (int i = 0; i < 1100; ++i) {
    EXPECT_TRUE(this->enqueue({"D1"}, this->command("C" + std::to_string(i))).empty());
  }
  this->check_out(id);
  ASSERT_TRUE(this->remove("D1"));
  EXPECT_FALSE(this->is_known("D1"));
  EXPECT_FALSE(*this->commands().find("C0"));
  EXPECT_FALSE(*this->commands().find("C1099"));
}

REGISTER_TYPED_TEST_SUITE_P(MigrationContract, ADeviceComesInAnyOrderOfItsMessages,
                            AUserMayComeBeforeItsDevice, ComingAgainLosesNothing,
                            ADeviceThatIsBoundSpeaksForItself,
                            WhatAnAssociatedDeviceLacksIsStillTaken, NobodyTakesOverAnIdByMigration,
                            ACertificateIsAssociatedOnceAndForGood,
                            ARevokedCertificateAndADeviceOfARevokedOneAreNotAssociated,
                            ACertificateForAnotherDeviceIsNotAssociated,
                            ACheckedOutDeviceIsNotAssociated,
                            ARemovedDeviceLeavesNothingButItsBindings,
                            ARemovedDeviceMayComeBackAndGetsNothingOld,
                            AUserIsRemovedAloneAndPendingDevicesToo, ABlockIsNotForgottenByRemoval,
                            ADeviceWithVeryManyAnswersIsRemovedWhole);

}  // namespace bramley
