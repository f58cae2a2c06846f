#include "server/credentials/push_certificate_directory.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "core/base/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/push_pairs.h"

namespace bramley {
namespace {

using testing::HasSubstr;

constexpr const char* topic_a = "com.apple.mgmt.External.a";
constexpr const char* topic_b = "com.apple.mgmt.External.b";

class PushCertificateDirectory : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "bramley-push.XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  PushIdentity pair(const std::string& topic, int days = 365) {
    return make_push_pair(topic, clock_.now(), clock_.now() + std::chrono::days(days));
  }
  Result<PushCertificatePlan> store(const PushIdentity& identity,
                                    TopicChange change = TopicChange::refuse) {
    return store_push_certificate(directory_, {identity}, change);
  }
  [[nodiscard]] PushFiles files(const std::string& stem) const {
    return PushFiles::of(directory_ / "push" / (stem + ".pem"));
  }
  static std::string text(const std::filesystem::path& file) {
    const auto content = read_file(file);
    return content ? to_text(*content) : "(none)";
  }
  static void write(const std::filesystem::path& file, std::string_view content) {
    ASSERT_TRUE(make_private_directory(file.parent_path()));
    ASSERT_TRUE(write_file(file, as_bytes(content), FileMode::secret, Overwrite::replace));
  }
  // The pair in force is this one, key and all.
  void expect_in_force(const std::string& stem, const PushIdentity& expected) {
    const auto held = read_push_files(files(stem));
    ASSERT_TRUE(held) << held.error().message;
    EXPECT_EQ(held->certificate, expected.certificate);
    ASSERT_TRUE(held->key);
    EXPECT_TRUE(held->key->matches(held->certificate));
  }

  std::filesystem::path directory_;
  FakeClock clock_;
};

TEST_F(PushCertificateDirectory, TheFirstPairIsWrittenWithAPrivateKey) {
  const PushIdentity first = pair(topic_a);
  const auto plan =
      store_push_certificate(directory_, {first, "mdm@example.com"}, TopicChange::refuse);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_FALSE(plan->replaced);
  expect_in_force(topic_a, first);
  EXPECT_EQ(text(files(topic_a).account), "mdm@example.com\n");
  EXPECT_EQ(std::filesystem::status(files(topic_a).key).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_FALSE(std::filesystem::exists(files(topic_a).previous_certificate));
}

TEST_F(PushCertificateDirectory, ARenewalKeepsTheOldPairAndTheAccount) {
  const PushIdentity first = pair(topic_a);
  const PushIdentity second = pair(topic_a, 700);
  ASSERT_TRUE(store_push_certificate(directory_, {first, "a@example.com"}, TopicChange::refuse));
  const auto plan = store(second);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_TRUE(plan->replaced);
  EXPECT_EQ(plan->replaced->certificate, first.certificate);
  EXPECT_EQ(plan->apple_account, "a@example.com");
  expect_in_force(topic_a, second);
  EXPECT_EQ(text(files(topic_a).previous_certificate), first.certificate.pem());
  EXPECT_EQ(text(files(topic_a).previous_key), pem_of(*first.key));
}

TEST_F(PushCertificateDirectory, TheSamePairAgainLeavesThePreviousOneAlone) {
  const PushIdentity first = pair(topic_a);
  const PushIdentity second = pair(topic_a, 700);
  ASSERT_TRUE(store(first));
  ASSERT_TRUE(store(second));
  const auto plan =
      store_push_certificate(directory_, {second, "b@example.com"}, TopicChange::refuse);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->unchanged);
  EXPECT_EQ(text(files(topic_a).previous_certificate), first.certificate.pem());
  EXPECT_EQ(text(files(topic_a).account), "b@example.com\n");
}

// Every state in which an import can be cut short, and what the next import makes of it.
TEST_F(PushCertificateDirectory, CutShortAnywhereOnePairIsInForce) {
  const PushIdentity first = pair(topic_a);
  const PushIdentity second = pair(topic_a, 700);
  const PushIdentity third = pair(topic_a, 900);
  ASSERT_TRUE(store(first));
  // The new key is there, the new certificate is not yet.
  write(files(topic_a).previous_key, pem_of(*first.key));
  write(files(topic_a).previous_certificate, first.certificate.pem());
  write(files(topic_a).key, pem_of(*second.key));
  expect_in_force(topic_a, first);
  // Another import is cut short at the same place: the first pair must not have been given up.
  const auto plan = plan_push_certificate(directory_, {third}, TopicChange::refuse);
  ASSERT_TRUE(plan);
  ASSERT_TRUE(plan->replaced);
  EXPECT_EQ(plan->replaced->certificate, first.certificate);
  ASSERT_TRUE(store(third));
  expect_in_force(topic_a, third);
  EXPECT_EQ(text(files(topic_a).previous_key), pem_of(*first.key));
  EXPECT_EQ(text(files(topic_a).previous_certificate), first.certificate.pem());
}

TEST_F(PushCertificateDirectory, TheOldPairAgainRepairsWhatWasCutShort) {
  const PushIdentity first = pair(topic_a);
  ASSERT_TRUE(store(first));
  write(files(topic_a).previous_key, pem_of(*first.key));
  write(files(topic_a).key, pem_of(*PrivateKey::generate_ec_p256()));
  const auto plan = store(first);
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->unchanged);
  EXPECT_EQ(text(files(topic_a).key), pem_of(*first.key));
}

TEST_F(PushCertificateDirectory, AnotherTopicIsRefusedAndSaysWhy) {
  ASSERT_TRUE(
      store_push_certificate(directory_, {pair(topic_a), "a@example.com"}, TopicChange::refuse));
  const auto refused = store(pair(topic_b));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("its topic is com.apple.mgmt.External.b"));
  EXPECT_THAT(refused.error().message, HasSubstr("every device"));
  EXPECT_THAT(refused.error().hint, HasSubstr("a@example.com"));
  EXPECT_THAT(refused.error().hint, HasSubstr("--allow-topic-change"));
  EXPECT_FALSE(std::filesystem::exists(files(topic_b).key));
  ASSERT_TRUE(store(pair(topic_b), TopicChange::allow));
  // With both there, the renewal of either needs no word.
  ASSERT_TRUE(store(pair(topic_a, 700)));
  ASSERT_TRUE(store(pair(topic_b, 700)));
}

TEST_F(PushCertificateDirectory, AFileThatCannotBeReadMayBeOfAnotherTopic) {
  write(files("other").certificate,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const auto refused = store(pair(topic_a));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("unknown"));
  EXPECT_THAT(refused.error().message, HasSubstr("other.pem"));
  ASSERT_TRUE(store(pair(topic_a), TopicChange::allow));
}

TEST_F(PushCertificateDirectory, ABadPairUnderTheTopicsOwnNameIsRepairedAndKept) {
  const PushIdentity good = pair(topic_a);
  const std::string foreign = pem_of(*PrivateKey::generate_ec_p256());
  write(files(topic_a).certificate, good.certificate.pem());
  write(files(topic_a).key, foreign);
  write(files(topic_a).account, "mdm@example.com\n");
  ASSERT_FALSE(read_push_files(files(topic_a)));
  const auto plan = store(good);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->apple_account, "mdm@example.com");
  expect_in_force(topic_a, good);
  EXPECT_EQ(text(files(topic_a).previous_key), foreign);
}

TEST_F(PushCertificateDirectory, AFileUnderAnotherNameIsReplacedWhereItIs) {
  const PushIdentity first = pair(topic_a);
  const PushIdentity second = pair(topic_a, 700);
  write(files("mine").certificate, first.certificate.pem() + pem_of(*first.key));
  ASSERT_TRUE(store(second));
  expect_in_force("mine", second);
  EXPECT_FALSE(std::filesystem::exists(files(topic_a).certificate));
  EXPECT_EQ(text(files("mine").previous_key), pem_of(*first.key));
}

TEST_F(PushCertificateDirectory, AnotherTopicsFileIsNeverOverwritten) {
  const PushIdentity other = pair(topic_b);
  write(files(topic_a).certificate, other.certificate.pem());
  write(files(topic_a).key, pem_of(*other.key));
  const auto refused = store(pair(topic_a), TopicChange::allow);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("another topic"));
  expect_in_force(topic_a, other);
}

TEST_F(PushCertificateDirectory, AHostileTopicOrAccountIsNoFileNameAndNoLine) {
  for (const char* topic : {"com.apple.mgmt./../../x", "com.apple.mgmt.a b", "com.apple.mgmt.\n"}) {
    const auto refused = store(pair(topic));
    ASSERT_FALSE(refused) << topic;
    EXPECT_EQ(refused.error().code, ErrorCode::malformed);
  }
  for (const std::string& account : {std::string(), std::string("a\nb"), std::string(321, 'a')}) {
    EXPECT_FALSE(store_push_certificate(directory_, {pair(topic_a), account}, TopicChange::refuse));
  }
  EXPECT_FALSE(std::filesystem::exists(directory_ / "push"));
}

TEST_F(PushCertificateDirectory, APlanWritesNothing) {
  ASSERT_TRUE(plan_push_certificate(directory_ / "new", {pair(topic_a)}, TopicChange::refuse));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "new"));
}

}  // namespace
}  // namespace bramley
