#include "server/service/unlock_token_service.h"

#include <gtest/gtest.h>

#include "core/plist/plist_document.h"
#include "server/service/enrollment_service.h"
#include "tests/support/enrolled_device.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

class UnlockTokens : public testing::Test {
 protected:
  // The UnlockToken in the ClearPasscode that the device is handed.
  const PlistValue* handed_out(const char* id, const PlistDictionary& parameters) {
    const auto command = make_command("ClearPasscode", parameters, random_);
    const std::vector<std::string> targets = {id};
    EXPECT_TRUE(store_->commands().enqueue(targets, *command, clock_.now()));
    const CommandReport idle = test_report(id, "", "Idle");
    const auto reply = service_.report(DeviceIdentity{test_certificate({{"CN", id}})}, idle);
    EXPECT_TRUE(reply && reply->command) << reply.error().message;
    document_ = *parse_plist_dictionary(reply->command->plist);
    return document_.find("Command")->dictionary()->find("UnlockToken");
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  PlistDictionary document_;
  std::unique_ptr<Store> store_ = make_memory_store();
  EnrollmentService core_{store_->enrollments(), store_->commands(), clock_, log_};
  UnlockTokenService service_{core_, store_->enrollments(), log_};
};

TEST_F(UnlockTokens, ArePutIntoAClearPasscodeThatHasNone) {
  enroll_device(*store_, "D1", clock_.now());
  TokenUpdate update;
  update.topic = test_topic;
  update.push_magic = "magic";
  update.token = {0xAB, 0xCD};
  update.unlock_token = SecretBytes(std::string_view("unlock me"));
  ASSERT_TRUE(store_->enrollments().update_push_token(EnrollmentId::device("D1"), update, {},
                                                      clock_.now()));
  const PlistValue* token = handed_out("D1", {});
  ASSERT_NE(token, nullptr);
  EXPECT_EQ(*token->data(), to_bytes("unlock me"));
}

TEST_F(UnlockTokens, DoNotReplaceOneThatIsThere) {
  enroll_device(*store_, "D1", clock_.now());
  EXPECT_EQ(*handed_out("D1", {{"UnlockToken", to_bytes("mine")}})->data(), to_bytes("mine"));
}

TEST_F(UnlockTokens, AreSaidToBeMissing) {
  enroll_device(*store_, "D1", clock_.now());
  EXPECT_EQ(handed_out("D1", {}), nullptr);
  EXPECT_NE(log_.text().find("no unlock token is known"), std::string::npos);
}

}  // namespace
}  // namespace bramley
