#pragma once

#include "tests/contract/store_contract.h"

namespace bramley {

template <class Maker>
class EnrollmentContract : public StoreContract<Maker> {};
TYPED_TEST_SUITE_P(EnrollmentContract);

TYPED_TEST_P(EnrollmentContract, AuthenticateRecordsThePendingDevice) {
  const auto id = EnrollmentId::device("D1");
  const auto certificate = distinct_certificate();
  ASSERT_TRUE(this->begin(id, certificate, "C02"));
  this->reopen();
  const auto found = this->find("D1");
  EXPECT_EQ(found.id, id);
  EXPECT_EQ(found.state, EnrollmentState::pending);
  EXPECT_EQ(found.push_state, PushState::ok);
  EXPECT_EQ(found.topic, "com.apple.mgmt.test");
  EXPECT_EQ(found.serial_number, "C02");
  EXPECT_EQ(found.device_name, "A Mac");
  EXPECT_EQ(found.model, "Mac15,3");
  EXPECT_EQ(found.model_name, "MacBook Pro");
  EXPECT_EQ(found.product_name, "Mac15,3");
  EXPECT_EQ(found.os_version, "15.1");
  EXPECT_EQ(found.build_version, "24B83");
  EXPECT_EQ(found.token_update_tally, 0);
  EXPECT_EQ(found.authenticated_at, this->now());
  EXPECT_FALSE(found.enrolled_at);
  EXPECT_FALSE(found.last_seen_at);
  EXPECT_EQ(found.certificate, certificate.fingerprint());
  EXPECT_EQ(*this->certificates().device_of(certificate.fingerprint()), "D1");
}

TYPED_TEST_P(EnrollmentContract, NobodyIsFoundWhereNobodyIs) {
  const auto found = this->enrollments().find("D1");
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TYPED_TEST_P(EnrollmentContract, TheFirstTokenUpdateEnrollsAndLaterOnesCount) {
  const auto id = this->enroll("D1");
  const auto enrolled_at = this->now();
  auto found = this->find("D1");
  EXPECT_EQ(found.state, EnrollmentState::enrolled);
  EXPECT_EQ(found.token_update_tally, 1);
  EXPECT_EQ(found.enrolled_at, enrolled_at);
  EXPECT_EQ(found.push_magic, "magic");
  EXPECT_EQ(found.push_token, (Bytes{0x00, 0xab, 0xff}));

  this->clock_.advance(std::chrono::hours(1));
  auto message = this->token_update("other");
  message.topic.clear();
  message.awaiting_configuration = true;
  ASSERT_TRUE(this->update(id, message));
  this->reopen();
  found = this->find("D1");
  EXPECT_EQ(found.token_update_tally, 2);
  EXPECT_EQ(found.enrolled_at, enrolled_at);
  EXPECT_EQ(found.push_magic, "other");
  EXPECT_TRUE(found.awaiting_configuration);
  EXPECT_EQ(found.topic, "com.apple.mgmt.test");
}

TYPED_TEST_P(EnrollmentContract, ATokenUpdateWithoutAuthenticateIsAConflict) {
  this->expect_code(this->update(EnrollmentId::device("D1")), ErrorCode::conflict);
  this->expect_code(this->update(EnrollmentId::user("D1", "U1")), ErrorCode::conflict);
  EXPECT_FALSE(*this->enrollments().find("D1"));
  EXPECT_FALSE(*this->enrollments().find("D1:U1"));
}

TYPED_TEST_P(EnrollmentContract, ACheckedOutDeviceMustAuthenticateFirst) {
  const auto id = this->enroll("D1");
  ASSERT_TRUE(this->enrollments().end_enrollment(id, this->now()));
  this->expect_code(this->update(id), ErrorCode::conflict);
  this->expect_code(this->update(EnrollmentId::user("D1", "U1")), ErrorCode::conflict);
  EXPECT_EQ(this->find("D1").state, EnrollmentState::checked_out);
}

TYPED_TEST_P(EnrollmentContract, AUserChannelIsMadeByItsTokenUpdate) {
  this->enroll("D1");
  const auto user = EnrollmentId::user("D1", "U1");
  auto message = this->token_update();
  message.user_short_name = "ada";
  message.user_long_name = "Ada Lovelace";
  ASSERT_TRUE(this->update(user, message));
  this->reopen();
  const auto found = this->find("D1:U1");
  EXPECT_EQ(found.id, user);
  EXPECT_EQ(found.state, EnrollmentState::enrolled);
  EXPECT_EQ(found.user_short_name, "ada");
  EXPECT_EQ(found.user_long_name, "Ada Lovelace");
  EXPECT_EQ(found.token_update_tally, 1);
  EXPECT_FALSE(found.certificate);
}

// Trap 17, and a fresh start for everything else that belonged to the enrollment before.
TYPED_TEST_P(EnrollmentContract, AuthenticateStartsTheDeviceAndItsUsersAfresh) {
  const auto id = this->enroll("D1");
  const auto user = this->enroll_user("D1", "U1");
  this->enroll("D2");
  auto message = this->token_update();
  message.unlock_token = SecretBytes(std::string_view("unlock"));
  message.awaiting_configuration = true;
  ASSERT_TRUE(this->update(id, message));
  ASSERT_TRUE(this->update(user, message));
  ASSERT_TRUE(this->enrollments().set_bootstrap_token(
      id, SecretBytes(std::string_view("bootstrap")), this->now()));
  this->enqueue({"D1", "D1:U1", "D2"}, this->command("C1"));

  ASSERT_TRUE(this->begin(id, distinct_certificate(), "NEW"));
  this->reopen();
  for (const auto* name : {"D1", "D1:U1"}) {
    const auto found = this->find(name);
    EXPECT_EQ(found.state, EnrollmentState::pending) << name;
    EXPECT_EQ(found.token_update_tally, 0) << name;
    EXPECT_FALSE(found.enrolled_at) << name;
    EXPECT_FALSE(found.awaiting_configuration) << name;
    EXPECT_TRUE(found.push_token.empty()) << name;
    EXPECT_TRUE(found.push_magic.empty()) << name;
  }
  EXPECT_EQ(this->find("D1").serial_number, "NEW");
  EXPECT_FALSE(*this->enrollments().bootstrap_token(id));
  EXPECT_FALSE(*this->enrollments().unlock_token(id));
  EXPECT_FALSE(*this->enrollments().unlock_token(user));
  EXPECT_EQ(this->find("D2").state, EnrollmentState::enrolled);
  EXPECT_EQ(this->queue_of(id), "");
  EXPECT_EQ(this->queue_of(user), "");
  EXPECT_EQ(this->queue_of(EnrollmentId::device("D2")), "C1");

  ASSERT_TRUE(this->update(id));
  EXPECT_EQ(this->find("D1").token_update_tally, 1);
}

TYPED_TEST_P(EnrollmentContract, AuthenticateBringsBackACheckedOutDevice) {
  const auto id = this->enroll("D1");
  ASSERT_TRUE(this->enrollments().end_enrollment(id, this->now()));
  ASSERT_TRUE(this->begin(id, distinct_certificate()));
  EXPECT_EQ(this->find("D1").state, EnrollmentState::pending);
  EXPECT_FALSE(this->find("D1").checked_out_at);
  EXPECT_TRUE(this->update(id));
}

// Traps 8 and 10.
TYPED_TEST_P(EnrollmentContract, ACertificateSpeaksForOneDevice) {
  const auto certificate = distinct_certificate();
  ASSERT_TRUE(this->begin(EnrollmentId::device("D1"), certificate));
  this->expect_code(this->begin(EnrollmentId::device("D2"), certificate), ErrorCode::conflict);
  EXPECT_FALSE(*this->enrollments().find("D2"));
  EXPECT_EQ(*this->certificates().device_of(certificate.fingerprint()), "D1");
  EXPECT_TRUE(this->begin(EnrollmentId::device("D1"), certificate));
}

// Trap 9.
TYPED_TEST_P(EnrollmentContract, AFreshCertificateIsBoundAtAuthenticate) {
  const auto first = distinct_certificate();
  const auto second = distinct_certificate();
  const auto id = EnrollmentId::device("D1");
  ASSERT_TRUE(this->begin(id, first));
  ASSERT_TRUE(this->begin(id, second));
  EXPECT_EQ(*this->certificates().device_of(second.fingerprint()), "D1");
  EXPECT_EQ(this->find("D1").certificate, second.fingerprint());
}

// Trap 9. The one before it could fetch the secrets of the new enrollment.
TYPED_TEST_P(EnrollmentContract, AFreshEnrollmentEndsTheCertificatesOfBefore) {
  const auto id = EnrollmentId::device("D1");
  const auto first = distinct_certificate();
  const auto second = distinct_certificate();
  ASSERT_TRUE(this->begin(id, first));
  ASSERT_TRUE(this->update(id));
  ASSERT_TRUE(this->begin(id, second));
  EXPECT_EQ(*this->certificates().device_of(first.fingerprint()), "D1");
  ASSERT_TRUE(this->update(id));
  EXPECT_EQ(*this->certificates().device_of(first.fingerprint()), std::nullopt);
  EXPECT_EQ(*this->certificates().device_of(second.fingerprint()), "D1");
  ASSERT_TRUE(this->update(id));
  this->reopen();
  EXPECT_EQ(*this->certificates().device_of(first.fingerprint()), std::nullopt);
  this->expect_code(this->begin(id, first), ErrorCode::unauthenticated);
}

TYPED_TEST_P(EnrollmentContract, ARefusedAuthenticateLeavesEverythingAsItWas) {
  const auto id = this->enroll("D1");
  this->enqueue({"D1"}, this->command("C1"));
  const auto others = distinct_certificate();
  ASSERT_TRUE(this->begin(EnrollmentId::device("D2"), others));
  this->expect_code(this->begin(id, others), ErrorCode::conflict);
  EXPECT_EQ(this->find("D1").state, EnrollmentState::enrolled);
  EXPECT_EQ(this->queue_of(id), "C1");
}

TYPED_TEST_P(EnrollmentContract, AuthenticateIsForDevices) {
  this->enroll("D1");
  this->expect_code(this->begin(EnrollmentId::user("D1", "U1"), distinct_certificate()),
                    ErrorCode::malformed);
}

// `D1:U1` is a user of D1, and a string that another device could give as its UDID.
TYPED_TEST_P(EnrollmentContract, NoDeviceTakesOverTheIdOfAnothersUser) {
  this->enroll("D1");
  const auto user = this->enroll_user("D1", "U1");
  this->enqueue({user.value()}, this->command("C1"));
  this->expect_code(this->begin(EnrollmentId::device("D1:U1"), distinct_certificate()),
                    ErrorCode::conflict);
  EXPECT_EQ(this->find("D1:U1").id, user);
  EXPECT_EQ(this->idle(user), "C1");
}

TYPED_TEST_P(EnrollmentContract, NoUserTakesOverTheIdOfADevice) {
  this->enroll("D1");
  this->enroll("D1:U1");
  this->expect_code(this->update(EnrollmentId::user("D1", "U1")), ErrorCode::conflict);
}

TYPED_TEST_P(EnrollmentContract, ADeviceThatChecksOutTakesItsUsersAlong) {
  const auto id = this->enroll("D1");
  this->enroll_user("D1", "U1");
  this->enroll("D2");
  ASSERT_TRUE(this->enrollments().end_enrollment(id, this->now()));
  const auto left_at = this->now();
  this->clock_.advance(std::chrono::hours(1));
  EXPECT_TRUE(this->enrollments().end_enrollment(id, this->now()));
  this->reopen();
  for (const auto* name : {"D1", "D1:U1"}) {
    EXPECT_EQ(this->find(name).state, EnrollmentState::checked_out) << name;
    EXPECT_EQ(this->find(name).checked_out_at, left_at) << name;
  }
  EXPECT_EQ(this->find("D2").state, EnrollmentState::enrolled);
}

TYPED_TEST_P(EnrollmentContract, AUserGoesAloneAndMayComeBack) {
  this->enroll("D1");
  const auto user = this->enroll_user("D1", "U1");
  ASSERT_TRUE(this->enrollments().end_enrollment(user, this->now()));
  EXPECT_EQ(this->find("D1").state, EnrollmentState::enrolled);
  EXPECT_EQ(this->find("D1:U1").state, EnrollmentState::checked_out);
  ASSERT_TRUE(this->update(user));
  EXPECT_EQ(this->find("D1:U1").state, EnrollmentState::enrolled);
  EXPECT_FALSE(this->find("D1:U1").checked_out_at);
}

TYPED_TEST_P(EnrollmentContract, CheckOutOfAStrangerIsNotFound) {
  this->expect_code(this->enrollments().end_enrollment(EnrollmentId::device("D1"), this->now()),
                    ErrorCode::not_found);
}

// Trap 16.
TYPED_TEST_P(EnrollmentContract, AnUnlockTokenOutlivesTokenUpdatesWithoutOne) {
  const auto id = this->enroll("D1");
  EXPECT_FALSE(*this->enrollments().unlock_token(id));
  auto message = this->token_update();
  message.unlock_token = SecretBytes(std::string_view("first\0secret", 12));
  ASSERT_TRUE(this->update(id, message));
  ASSERT_TRUE(this->update(id));
  this->reopen();
  auto token = *this->enrollments().unlock_token(id);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->reveal_text(), std::string_view("first\0secret", 12));
  message.unlock_token = SecretBytes(std::string_view("second"));
  ASSERT_TRUE(this->update(id, message));
  EXPECT_EQ((*this->enrollments().unlock_token(id))->reveal_text(), "second");
}

TYPED_TEST_P(EnrollmentContract, ABootstrapTokenIsKeptReplacedAndForgotten) {
  const auto id = this->enroll("D1");
  auto& store = this->enrollments();
  EXPECT_FALSE(*store.bootstrap_token(id));
  ASSERT_TRUE(store.set_bootstrap_token(id, SecretBytes(std::string_view("one")), this->now()));
  ASSERT_TRUE(store.set_bootstrap_token(EnrollmentId::user("D1", "U1"),
                                        SecretBytes(std::string_view("two")), this->now()));
  this->reopen();
  EXPECT_EQ((*this->enrollments().bootstrap_token(id))->reveal_text(), "two");
  ASSERT_TRUE(this->enrollments().set_bootstrap_token(id, std::nullopt, this->now()));
  EXPECT_FALSE(*this->enrollments().bootstrap_token(id));
  this->expect_code(
      this->enrollments().set_bootstrap_token(EnrollmentId::device("D9"),
                                              SecretBytes(std::string_view("x")), this->now()),
      ErrorCode::not_found);
}

TYPED_TEST_P(EnrollmentContract, LastSeenIsKnownAtOnceAndWrittenByFlush) {
  const auto id = this->enroll("D1");
  this->enrollments().note_seen(EnrollmentId::device("stranger"), this->now());
  this->enrollments().note_seen(id, this->now());
  this->clock_.advance(std::chrono::minutes(5));
  this->enrollments().note_seen(id, this->now());
  EXPECT_EQ(this->find("D1").last_seen_at, this->now());
  EXPECT_EQ(this->enrollments().list({}, {})->items.front().last_seen_at, this->now());
  ASSERT_TRUE(this->store_->flush());
  EXPECT_EQ(this->find("D1").last_seen_at, this->now());
  this->reopen();
  EXPECT_EQ(this->find("D1").last_seen_at, this->now());
  EXPECT_FALSE(*this->enrollments().find("stranger"));
}

TYPED_TEST_P(EnrollmentContract, ClosingWritesLastSeenToo) {
  const auto id = this->enroll("D1");
  this->enrollments().note_seen(id, this->now());
  this->reopen();
  EXPECT_EQ(this->find("D1").last_seen_at, this->now());
}

TYPED_TEST_P(EnrollmentContract, ListsAreOrderedFilteredAndPaged) {
  for (const auto* udid : {"D3", "D1", "D5", "D2", "D4"}) {
    ASSERT_TRUE(this->begin(EnrollmentId::device(udid), distinct_certificate(),
                            std::string("SERIAL-") + udid));
  }
  ASSERT_TRUE(this->update(EnrollmentId::device("D2")));
  ASSERT_TRUE(this->update(EnrollmentId::device("D4")));
  this->enroll_user("D2", "U1");
  const auto names = [&](const EnrollmentFilter& filter) {
    std::string text;
    PageRequest request{.limit = 2};
    do {
      const auto page = this->enrollments().list(filter, request);
      EXPECT_TRUE(page);
      EXPECT_LE(page->items.size(), 2U);
      for (const auto& enrollment : page->items) {
        text += enrollment.id.value() + " ";
      }
      request.after = page->next;
    } while (!request.after.empty());
    return text;
  };
  EXPECT_EQ(names({}), "D1 D2 D2:U1 D3 D4 D5 ");
  EXPECT_EQ(names({.state = EnrollmentState::enrolled}), "D2 D2:U1 D4 ");
  EXPECT_EQ(names({.state = EnrollmentState::checked_out}), "");
  EXPECT_EQ(names({.state = EnrollmentState::enrolled, .type = EnrollmentType::device}), "D2 D4 ");
  EXPECT_EQ(names({.type = EnrollmentType::user}), "D2:U1 ");
  EXPECT_EQ(names({.serial_number = "SERIAL-D5"}), "D5 ");
  EXPECT_EQ(names({.device_id = "D2"}), "D2 D2:U1 ");
  EXPECT_EQ(names({.type = EnrollmentType::device, .device_id = "D2"}), "D2 ");
  EXPECT_EQ(names({.state = EnrollmentState::pending, .serial_number = "SERIAL-D2"}), "");
}

TYPED_TEST_P(EnrollmentContract, TopicsAreCountedOverEnrolledDevices) {
  EXPECT_TRUE(this->enrollments().topics_in_use()->empty());
  this->enroll("D1");
  this->enroll_user("D1", "U1");
  this->enroll("D2");
  const auto other = this->enroll("D3");
  auto message = this->token_update();
  message.topic = "com.apple.mgmt.other";
  ASSERT_TRUE(this->update(other, message));
  ASSERT_TRUE(this->begin(EnrollmentId::device("D4"), distinct_certificate()));
  const auto gone = this->enroll("D5");
  ASSERT_TRUE(this->enrollments().end_enrollment(gone, this->now()));
  const auto uses = *this->enrollments().topics_in_use();
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[0].topic, "com.apple.mgmt.other");
  EXPECT_EQ(uses[0].enrolled, 1);
  EXPECT_EQ(uses[1].topic, "com.apple.mgmt.test");
  EXPECT_EQ(uses[1].enrolled, 2);
}

TYPED_TEST_P(EnrollmentContract, TheFleetsIdentityIsRemembered) {
  EXPECT_EQ(this->store_->fleet_identity()->url, "");
  ASSERT_TRUE(this->store_->set_fleet_identity({"https://mdm.example.com", "aa"}));
  ASSERT_TRUE(this->store_->set_fleet_identity({"https://mdm.example.com", "bb", "cc"}));
  this->reopen();
  EXPECT_EQ(this->store_->fleet_identity()->url, "https://mdm.example.com");
  EXPECT_EQ(this->store_->fleet_identity()->ca_fingerprint, "bb");
  EXPECT_EQ(this->store_->fleet_identity()->ca_name_and_key, "cc");
  EXPECT_TRUE(this->store_->check());
}

TYPED_TEST_P(EnrollmentContract, AUserIsChallengedAndItsNonceServesOnce) {
  this->enroll("D1");
  const auto user = EnrollmentId::user("D1", "U1");
  const auto challenge = [&](const std::string& nonce, std::string_view token) {
    return this->enrollments().challenge_user(
        user, {nonce, this->now() + std::chrono::minutes(1), SecretBytes(token)});
  };
  EXPECT_FALSE(*this->enrollments().user_nonce(user, this->now()));
  EXPECT_FALSE(*this->enrollments().auth_token(user));
  ASSERT_TRUE(challenge("n1", "t1"));
  ASSERT_TRUE(challenge("n2", "t2"));
  this->reopen();
  EXPECT_EQ(this->find("D1:U1").state, EnrollmentState::pending);
  EXPECT_EQ(*this->enrollments().user_nonce(user, this->now()), "n2");
  EXPECT_EQ((*this->enrollments().auth_token(user))->reveal_text(), "t2");
  this->expect_code(this->enrollments().spend_user_nonce(user, "n1"), ErrorCode::conflict);
  ASSERT_TRUE(this->enrollments().spend_user_nonce(user, "n2"));
  this->expect_code(this->enrollments().spend_user_nonce(user, "n2"), ErrorCode::conflict);
  EXPECT_FALSE(*this->enrollments().user_nonce(user, this->now()));
  EXPECT_EQ((*this->enrollments().auth_token(user))->reveal_text(), "t2");

  ASSERT_TRUE(challenge("n3", "t3"));
  this->clock_.advance(std::chrono::minutes(1));
  EXPECT_FALSE(*this->enrollments().user_nonce(user, this->now()));
  ASSERT_TRUE(this->begin(EnrollmentId::device("D1"), distinct_certificate()));
  EXPECT_FALSE(*this->enrollments().auth_token(user));
  this->expect_code(this->enrollments().spend_user_nonce(user, "n3"), ErrorCode::conflict);
}

TYPED_TEST_P(EnrollmentContract, OnlyUsersOfEnrolledDevicesAreChallenged) {
  const auto challenge = [&](const EnrollmentId& id) {
    return this->enrollments().challenge_user(
        id, {"n", this->now() + std::chrono::minutes(1), SecretBytes(std::string_view("t"))});
  };
  this->expect_code(challenge(EnrollmentId::user("D1", "U1")), ErrorCode::conflict);
  const auto device = this->enroll("D1");
  this->expect_code(challenge(device), ErrorCode::malformed);
  ASSERT_TRUE(this->enrollments().end_enrollment(device, this->now()));
  this->expect_code(challenge(EnrollmentId::user("D1", "U1")), ErrorCode::conflict);
}

TYPED_TEST_P(EnrollmentContract, ADismissalIsKeptAndAuthenticateEndsAnUnenrollOnly) {
  const auto device = this->enroll("D1");
  this->enroll_user("D1", "U1");
  EXPECT_EQ(*this->enrollments().dismissal("D1"), Dismissal::none);
  EXPECT_EQ(*this->enrollments().dismissal("nobody"), Dismissal::none);
  this->expect_code(this->enrollments().set_dismissal("nobody", Dismissal::block),
                    ErrorCode::not_found);
  this->expect_code(this->enrollments().set_dismissal("D1:U1", Dismissal::block),
                    ErrorCode::not_found);
  ASSERT_TRUE(this->enrollments().set_dismissal("D1", Dismissal::unenroll));
  ASSERT_TRUE(this->enrollments().end_enrollment(device, this->now()));
  this->reopen();
  EXPECT_EQ(*this->enrollments().dismissal("D1"), Dismissal::unenroll);
  EXPECT_EQ(this->find("D1").dismissal, Dismissal::unenroll);
  ASSERT_TRUE(this->begin(device, distinct_certificate()));
  EXPECT_EQ(*this->enrollments().dismissal("D1"), Dismissal::none);

  ASSERT_TRUE(this->enrollments().set_dismissal("D1", Dismissal::block));
  ASSERT_TRUE(this->begin(device, distinct_certificate()));
  EXPECT_EQ(this->find("D1").dismissal, Dismissal::block);
  ASSERT_TRUE(this->enrollments().set_dismissal("D1", Dismissal::none));
  EXPECT_EQ(this->find("D1").dismissal, Dismissal::none);
}

REGISTER_TYPED_TEST_SUITE_P(
    EnrollmentContract, AUserIsChallengedAndItsNonceServesOnce,
    OnlyUsersOfEnrolledDevicesAreChallenged, ADismissalIsKeptAndAuthenticateEndsAnUnenrollOnly,
    AuthenticateRecordsThePendingDevice, NobodyIsFoundWhereNobodyIs,
    TheFirstTokenUpdateEnrollsAndLaterOnesCount, ATokenUpdateWithoutAuthenticateIsAConflict,
    ACheckedOutDeviceMustAuthenticateFirst, AUserChannelIsMadeByItsTokenUpdate,
    AuthenticateStartsTheDeviceAndItsUsersAfresh, AuthenticateBringsBackACheckedOutDevice,
    ACertificateSpeaksForOneDevice, AFreshCertificateIsBoundAtAuthenticate,
    AFreshEnrollmentEndsTheCertificatesOfBefore, ARefusedAuthenticateLeavesEverythingAsItWas,
    AuthenticateIsForDevices, NoDeviceTakesOverTheIdOfAnothersUser, NoUserTakesOverTheIdOfADevice,
    ADeviceThatChecksOutTakesItsUsersAlong, AUserGoesAloneAndMayComeBack,
    CheckOutOfAStrangerIsNotFound, AnUnlockTokenOutlivesTokenUpdatesWithoutOne,
    ABootstrapTokenIsKeptReplacedAndForgotten, LastSeenIsKnownAtOnceAndWrittenByFlush,
    ClosingWritesLastSeenToo, ListsAreOrderedFilteredAndPaged, TopicsAreCountedOverEnrolledDevices,
    TheFleetsIdentityIsRemembered);

}  // namespace bramley
