#pragma once

#include "core/mdm/fact_sources.h"
#include "core/plist/plist_document.h"
#include "tests/contract/store_contract.h"

namespace bramley {

// What is known of devices, and how they are asked for it.
template <class Maker>
class InventoryContract : public StoreContract<Maker> {
 protected:
  InventoryStore& inventory() { return this->store_->inventory(); }

  DeviceFacts facts(const std::string& id) {
    auto found = inventory().find(id);
    EXPECT_TRUE(found && *found) << id;
    return found && *found ? (*found)->facts : DeviceFacts();
  }
  // "value@seconds after the beginning", "?" for what is not known.
  std::string fact(Fact fact, const std::string& id = "D1") {
    const auto all = facts(id);
    const auto* const known = all.find(fact);
    if (known == nullptr) {
      return "?";
    }
    const auto* const text = std::get_if<std::string>(&known->value);
    const auto* const yes = std::get_if<bool>(&known->value);
    const auto* const number = std::get_if<double>(&known->value);
    std::string shown = text != nullptr     ? *text
                        : yes != nullptr    ? (*yes ? "yes" : "no")
                        : number != nullptr ? std::to_string(std::lround(*number))
                                            : "moment";
    return shown + "@" +
           (known->as_of ? std::to_string((*known->as_of - begin_).count()) : std::string("?"));
  }
  void learn(const EnrollmentId& id, const std::string& uuid, const PlistDictionary& report,
             ReportStatus status = ReportStatus::acknowledged) {
    CommandReport said{id, status, "Acknowledged", uuid, to_bytes("<report/>")};
    said.facts = facts_of_report(report);
    EXPECT_TRUE(this->commands().settle_and_next(said, this->now()));
  }
  static PlistDictionary information(PlistDictionary answers) {
    return PlistDictionary({{"QueryResponses", std::move(answers)}});
  }
  std::vector<std::string> visited(const EnrollmentFilter& filter = {},
                                   const std::string& after = "", std::int64_t limit = 1000) {
    std::vector<std::string> ids;
    EXPECT_TRUE(inventory().visit(filter, after, limit,
                                  [&](InventoryItem&& item) { ids.push_back(item.id.value()); }));
    return ids;
  }
  Result<std::string> resolve(const std::string& name) {
    const std::vector<std::string> names{name};
    return inventory().resolve(names).value().at(0);
  }

  InventoryStore::Refreshed refresh(const std::string& base,
                                    std::chrono::seconds interval = std::chrono::hours(24),
                                    std::int64_t limit = 100) {
    const std::string name = std::string(inventory_command_prefix) + base;
    InventoryStore::Refresh refresh{interval,
                                    name,
                                    this->command(information_uuid(name)),
                                    this->command(security_uuid(name), "SecurityInfo"),
                                    {.priority = -50},
                                    7,
                                    limit};
    auto done = inventory().refresh(refresh, this->now());
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : InventoryStore::Refreshed{};
  }
  std::string pair(const std::string& base) {
    const std::string name = std::string(inventory_command_prefix) + base;
    return information_uuid(name) + " " + security_uuid(name);
  }
  void answer_pair(const EnrollmentId& id, const std::string& base) {
    const std::string name = std::string(inventory_command_prefix) + base;
    this->acknowledge(id, information_uuid(name));
    this->acknowledge(id, security_uuid(name));
  }

  const Timestamp begin_ = this->now();
};
TYPED_TEST_SUITE_P(InventoryContract);

TYPED_TEST_P(InventoryContract, CheckInsFillItIn) {
  const auto id = EnrollmentId::device("D1");
  ASSERT_TRUE(this->begin(id, distinct_certificate()));
  this->clock_.advance(std::chrono::seconds(5));
  auto token = this->token_update();
  token.awaiting_configuration = true;
  ASSERT_TRUE(this->update(id, token));
  this->reopen();
  EXPECT_EQ(this->fact(Fact::serial_number), "SERIAL@0");
  EXPECT_EQ(this->fact(Fact::os_version), "15.1@0");
  EXPECT_EQ(this->fact(Fact::build_version), "24B83@0");
  EXPECT_EQ(this->fact(Fact::platform), "macOS@0");
  EXPECT_EQ(this->fact(Fact::udid), "D1@0");
  EXPECT_EQ(this->fact(Fact::user_enrollment), "no@0");
  EXPECT_EQ(this->fact(Fact::is_awaiting_configuration), "yes@5");
  EXPECT_EQ(this->fact(Fact::enrolled_at), "moment@5");
  EXPECT_EQ(this->fact(Fact::supervised), "?");
  EXPECT_FALSE(*this->inventory().find("D2"));
}

TYPED_TEST_P(InventoryContract, AnswersFillItInAndLastSeenIsKnownAtOnce) {
  const auto id = this->enroll("D1");
  ASSERT_TRUE(this->enqueue({"D1"}, this->command("C1")).empty());
  EXPECT_EQ(this->idle(id), "C1");
  this->clock_.advance(std::chrono::seconds(10));
  this->learn(id, "C1",
              this->information(PlistDictionary({{"OSVersion", "15.2"},
                                                 {"IsSupervised", true},
                                                 {"AvailableDeviceCapacity", 20.4},
                                                 {"DeviceName", 7},
                                                 {"Unheard", "of"}})));
  this->enrollments().note_seen(id, this->now());
  EXPECT_EQ(this->fact(Fact::os_version), "15.2@10");
  EXPECT_EQ(this->fact(Fact::supervised), "yes@10");
  EXPECT_EQ(this->fact(Fact::available_gb), "20@10");
  EXPECT_EQ(this->fact(Fact::device_name), "A Mac@0");
  EXPECT_EQ(this->fact(Fact::last_seen), "moment@10");
  this->clock_.advance(std::chrono::seconds(10));
  ASSERT_TRUE(this->enqueue({"D1"}, this->command("C2", "SecurityInfo")).empty());
  this->learn(id, "C2",
              PlistDictionary({{"SecurityInfo", PlistDictionary({{"FDE_Enabled", true}})}}));
  this->reopen();
  EXPECT_EQ(this->fact(Fact::filevault_enabled), "yes@20");
  EXPECT_EQ(this->fact(Fact::os_version), "15.2@10");
}

TYPED_TEST_P(InventoryContract, OnlyAnAnswerThatSettlesItsCommandTeaches) {
  const auto id = this->enroll("D1");
  const auto answer = this->information(PlistDictionary({{"OSVersion", "15.2"}}));
  this->learn(id, "nobody-sent-it", answer);
  EXPECT_EQ(this->fact(Fact::os_version), "15.1@0");
  ASSERT_TRUE(this->enqueue({"D1"}, this->command("C1")).empty());
  this->learn(id, "C1", answer);
  EXPECT_EQ(this->fact(Fact::os_version), "15.2@0");
  // The report of before comes once more.
  this->learn(id, "C1", this->information(PlistDictionary({{"OSVersion", "15.0"}})));
  EXPECT_EQ(this->fact(Fact::os_version), "15.2@0");
  this->learn(EnrollmentId::device("D2"), "C1", answer);
  EXPECT_FALSE(*this->inventory().find("D2"));
}

TYPED_TEST_P(InventoryContract, AFreshEnrollmentForgetsAndARenewalDoesNot) {
  const auto id = this->enroll("D1");
  ASSERT_TRUE(this->enqueue({"D1"}, this->command("C1")).empty());
  this->learn(id, "C1",
              this->information(PlistDictionary({{"OSVersion", "15.2"}, {"IsSupervised", true}})));
  const auto old_one = *this->find("D1").certificate;
  const auto fresh = distinct_certificate();
  IssuedCertificate issued{fresh, "t", sha256(fresh.public_key_der()), this->now()};
  issued.renewed_from = old_one;
  ASSERT_TRUE(this->certificates().record_issued(issued, std::nullopt, this->now()));
  this->clock_.advance(std::chrono::seconds(3));
  ASSERT_TRUE(this->begin(id, fresh));
  EXPECT_EQ(this->fact(Fact::os_version), "15.1@3");
  EXPECT_EQ(this->fact(Fact::supervised), "yes@0");
  ASSERT_TRUE(this->begin(id, distinct_certificate()));  // wiped
  EXPECT_EQ(this->fact(Fact::os_version), "15.1@3");
  EXPECT_EQ(this->fact(Fact::supervised), "?");
  EXPECT_EQ(this->fact(Fact::enrolled_at), "?");
}

TYPED_TEST_P(InventoryContract, AUserHasTheFactsOfItsDevice) {
  this->enroll("D1");
  this->clock_.advance(std::chrono::seconds(4));
  const auto user = this->enroll_user("D1", "U1");
  this->enrollments().note_seen(user, this->now());
  EXPECT_EQ(this->fact(Fact::platform, user.value()), "macOS@0");
  EXPECT_EQ(this->fact(Fact::udid, user.value()), "D1@0");
  EXPECT_EQ(this->fact(Fact::enrolled_at, user.value()), "moment@4");
  EXPECT_EQ(this->fact(Fact::last_seen, user.value()), "moment@4");
  EXPECT_EQ(this->fact(Fact::last_seen), "?");
}

TYPED_TEST_P(InventoryContract, AUserEnrollmentHidesItsUdid) {
  const auto id = EnrollmentId::restore(EnrollmentType::user_enrollment_device, "E1", "E1");
  ASSERT_TRUE(this->begin(id, distinct_certificate(), ""));
  EXPECT_EQ(this->fact(Fact::user_enrollment, "E1"), "yes@0");
  EXPECT_EQ(this->fact(Fact::udid, "E1"), "?");
  EXPECT_EQ(this->fact(Fact::serial_number, "E1"), "?");
}

TYPED_TEST_P(InventoryContract, WhatComesFromAnotherServerIsKnownToo) {
  const auto id = EnrollmentId::device("D1");
  ASSERT_TRUE(this->enrollments().migrate_device(id, this->authenticate(), as_bytes("<raw/>"),
                                                 this->now()));
  EXPECT_EQ(this->fact(Fact::os_version), "15.1@0");
  ASSERT_TRUE(this->enrollments().migrate_push_token(id, this->token_update(), as_bytes("<raw/>"),
                                                     this->now()));
  EXPECT_EQ(this->fact(Fact::is_awaiting_configuration), "no@0");
  EXPECT_EQ(this->refresh("A").asked, 1);
}

TYPED_TEST_P(InventoryContract, VisitsThoseThatAFilterLetsThrough) {
  for (const auto* const udid : {"D3", "D1", "D2"}) {
    this->enroll(udid);
  }
  const auto user = this->enroll_user("D1", "U1");
  ASSERT_TRUE(this->enrollments().end_enrollment(EnrollmentId::device("D3"), this->now()));
  using Ids = std::vector<std::string>;
  EXPECT_EQ(this->visited(), (Ids{"D1", "D1:U1", "D2", "D3"}));
  EXPECT_EQ(this->visited({.state = EnrollmentState::enrolled}), (Ids{"D1", "D1:U1", "D2"}));
  EXPECT_EQ(this->visited({.type = EnrollmentType::user}), Ids{"D1:U1"});
  EXPECT_EQ(this->visited({.device_id = "D1"}), (Ids{"D1", "D1:U1"}));
  EXPECT_EQ(this->visited({.serial_number = "SERIAL"}), (Ids{"D1", "D2", "D3"}));
  EXPECT_EQ(this->visited({}, "D1:U1", 1), Ids{"D2"});
  EXPECT_EQ(this->visited({}, "D3"), Ids{});
}

TYPED_TEST_P(InventoryContract, ANameIsAnIdOrASerialNumber) {
  for (const auto& [udid, serial] : {std::pair("D1", "S1"), {"D2", "S2"}, {"D3", "S2"}}) {
    ASSERT_TRUE(this->begin(EnrollmentId::device(udid), distinct_certificate(), serial));
  }
  EXPECT_EQ(*this->resolve("D1"), "D1");
  EXPECT_EQ(*this->resolve("S1"), "D1");
  EXPECT_EQ(this->resolve("S9").error().code, ErrorCode::not_found);
  EXPECT_EQ(this->resolve("").error().code, ErrorCode::not_found);
  const auto several = this->resolve("S2");
  EXPECT_EQ(several.error().code, ErrorCode::conflict);
  EXPECT_EQ(several.error().message, "serial number S2 is that of several: D2, D3");
  ASSERT_TRUE(this->enrollments().end_enrollment(EnrollmentId::device("D3"), this->now()));
  EXPECT_EQ(*this->resolve("S2"), "D2");
  // An id comes first, whoever has it as a serial number.
  ASSERT_TRUE(this->begin(EnrollmentId::device("D4"), distinct_certificate(), "D1"));
  EXPECT_EQ(*this->resolve("D1"), "D1");
}

TYPED_TEST_P(InventoryContract, ADeviceIsAskedOnceAndAgainAfterTheInterval) {
  const auto id = this->enroll("D1");
  this->enroll_user("D1", "U1");
  ASSERT_TRUE(this->begin(EnrollmentId::device("D2"), distinct_certificate()));  // pending
  EXPECT_EQ(this->refresh("A").asked, 1);
  EXPECT_EQ(this->refresh("B").asked, 0);
  EXPECT_EQ(this->queue_of(id), this->pair("A"));
  ASSERT_TRUE(this->enqueue({"D1"}, this->command("C1")).empty());
  EXPECT_EQ(this->idle(id), "C1");  // whatever else waits goes first
  this->acknowledge(id, "C1");
  this->answer_pair(id, "A");
  this->reopen();
  this->clock_.advance(std::chrono::hours(21));
  EXPECT_EQ(this->refresh("B").asked, 0);
  // From 21.6 to 26.4 hours after the first time, and nothing becomes due too long ago meanwhile.
  int steps = 0;
  InventoryStore::Refreshed done;
  for (; steps < 60 && done.asked + done.spread == 0; ++steps) {
    this->clock_.advance(std::chrono::minutes(10));
    done = this->refresh("B");
  }
  EXPECT_EQ(done.asked, 1);
  EXPECT_LE(steps, 33);
  EXPECT_EQ(this->queue_of(id), this->pair("B"));
  // One pair a device is kept.
  for (const auto& uuid :
       {information_uuid("bramley-inventory-A"), security_uuid("bramley-inventory-A")}) {
    EXPECT_FALSE(*this->commands().find(uuid)) << uuid;
  }
}

TYPED_TEST_P(InventoryContract, NobodyIsAskedAgainBeforeItAnswered) {
  const auto id = this->enroll("D1");
  EXPECT_EQ(this->refresh("A", std::chrono::seconds(40)).asked, 1);
  this->idle(id);
  this->not_now(id, information_uuid("bramley-inventory-A"));
  this->clock_.advance(std::chrono::seconds(50));
  auto done = this->refresh("B", std::chrono::seconds(40));
  EXPECT_EQ(done.asked, 0);
  EXPECT_EQ(done.put_off, 1);
  this->idle(id);
  this->answer_pair(id, "A");
  EXPECT_EQ(this->refresh("B", std::chrono::seconds(40)).asked, 0);
  this->clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(this->refresh("B", std::chrono::seconds(40)).asked, 1);
}

TYPED_TEST_P(InventoryContract, WhatBecameDueLongAgoIsSpread) {
  for (int i = 0; i < 40; ++i) {
    this->enroll("D" + std::to_string(i));
  }
  this->clock_.advance(std::chrono::hours(30));  // no server ran
  EXPECT_EQ(this->refresh("A", std::chrono::hours(24), 30).spread, 30);
  EXPECT_EQ(this->refresh("B", std::chrono::hours(24), 30).spread, 10);
  std::int64_t asked = 0;
  std::int64_t most = 0;
  for (int step = 0; step < 37; ++step) {  // six hours
    this->clock_.advance(std::chrono::minutes(10));
    const auto done = this->refresh("C" + std::to_string(step));
    EXPECT_EQ(done.spread, 0);
    asked += done.asked;
    most = std::max(most, done.asked);
  }
  EXPECT_EQ(asked, 40);
  EXPECT_LE(most, 8);
}

TYPED_TEST_P(InventoryContract, AShorterIntervalCountsAtOnce) {
  const auto id = this->enroll("D1");
  EXPECT_EQ(this->refresh("A", std::chrono::hours(24 * 30)).asked, 1);
  this->answer_pair(id, "A");
  EXPECT_EQ(this->refresh("B", std::chrono::minutes(10)).spread, 1);
  this->clock_.advance(std::chrono::minutes(10));
  EXPECT_EQ(this->refresh("B", std::chrono::minutes(10)).asked, 1);
}

TYPED_TEST_P(InventoryContract, WhoLeftIsNotAskedUntilItComesBack) {
  const auto id = this->enroll("D1");
  ASSERT_TRUE(this->enrollments().end_enrollment(id, this->now()));
  EXPECT_EQ(this->refresh("A").asked, 0);
  this->enroll("D1");
  EXPECT_EQ(this->refresh("B").asked, 1);
  ASSERT_TRUE(this->enrollments().end_enrollment(id, this->now()));
  ASSERT_TRUE(this->enrollments().remove("D1", this->now()));
  EXPECT_FALSE(*this->inventory().find("D1"));
  this->enroll("D1");  // a new one, perhaps under the old number
  EXPECT_EQ(this->fact(Fact::supervised), "?");
  EXPECT_EQ(this->refresh("C").asked, 1);
}

REGISTER_TYPED_TEST_SUITE_P(InventoryContract, CheckInsFillItIn,
                            AnswersFillItInAndLastSeenIsKnownAtOnce,
                            OnlyAnAnswerThatSettlesItsCommandTeaches,
                            AFreshEnrollmentForgetsAndARenewalDoesNot, AUserHasTheFactsOfItsDevice,
                            AUserEnrollmentHidesItsUdid, WhatComesFromAnotherServerIsKnownToo,
                            VisitsThoseThatAFilterLetsThrough, ANameIsAnIdOrASerialNumber,
                            ADeviceIsAskedOnceAndAgainAfterTheInterval,
                            NobodyIsAskedAgainBeforeItAnswered, WhatBecameDueLongAgoIsSpread,
                            AShorterIntervalCountsAtOnce, WhoLeftIsNotAskedUntilItComesBack);

}  // namespace bramley
