#include "server/service/enrollment_profile_service.h"

#include <gtest/gtest.h>

#include "core/mdm/enrollment_profile.h"
#include "tests/support/enrolled_device.h"

namespace bramley {
namespace {

using std::chrono::hours;

class Profiles : public testing::Test {
 protected:
  void SetUp() override {
    credentials_.authority = test_scep_authority();
    credentials_.pushes = {test_push_certificate(test_topic)};
  }
  EnrollmentProfileService service(bool allow_empty_topic = false, bool scep = true,
                                   std::vector<Certificate> roots = {}) {
    return {store_->certificates(), credentials_,
            EnrollmentProfileOptions{"https://mdm.example.com:8443", "Example", scep,
                                     allow_empty_topic, std::move(roots)},
            clock_, random_};
  }
  bool is_spendable(std::string_view challenge) {
    return store_->certificates()
        .check_challenge(sha256(as_bytes(challenge)), clock_.now())
        .has_value();
  }

  FakeClock clock_;
  SeededRandom random_;
  FakeCredentials credentials_;
  std::unique_ptr<Store> store_ = make_memory_store();
};

TEST_F(Profiles, HaveAllThatADeviceNeeds) {
  auto profiles = service();
  const auto profile = profiles.make_profile({}, hours(1));
  ASSERT_TRUE(profile) << profile.error().message;
  const auto content = read_enrollment_profile(*profile);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->server_url, "https://mdm.example.com:8443/mdm");
  EXPECT_EQ(content->scep_url, "https://mdm.example.com:8443/scep");
  EXPECT_EQ(content->topic, test_topic);
  EXPECT_TRUE(content->sign_message);
  EXPECT_TRUE(content->tls_roots.empty());
  EXPECT_TRUE(is_spendable(content->scep_challenge));
}

TEST_F(Profiles, LeadToThePathThatTheServerListensOn) {
  EnrollmentProfileOptions options{"https://mdm.example.com", "Example", true, false, {}};
  options.mdm_path = "/devices";
  EnrollmentProfileService profiles(store_->certificates(), credentials_, options, clock_, random_);
  const auto content = read_enrollment_profile(*profiles.make_profile({}, hours(1)));
  ASSERT_TRUE(content);
  EXPECT_EQ(content->server_url, "https://mdm.example.com/devices");
}

TEST_F(Profiles, EachHasAChallengeOfItsOwn) {
  auto profiles = service();
  const auto first = read_enrollment_profile(*profiles.make_profile({}, hours(1)));
  const auto second = read_enrollment_profile(*profiles.make_profile({}, hours(1)));
  EXPECT_NE(first->scep_challenge, second->scep_challenge);
  EXPECT_EQ(first->scep_challenge.size(), 32U);
}

TEST_F(Profiles, CarryTheServersOwnRootWhenItMadeOne) {
  const Certificate root = test_certificate({{"CN", "localhost"}});
  auto profiles = service(false, true, {root});
  const auto content = read_enrollment_profile(*profiles.make_profile({}, hours(1)));
  ASSERT_EQ(content->tls_roots.size(), 1U);
  EXPECT_EQ(content->tls_roots[0], root);
}

TEST_F(Profiles, WithoutAPushCertificateThereIsNoneUnlessAllowed) {
  credentials_.pushes.clear();
  auto strict = service();
  const auto refused = strict.make_profile({}, hours(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().hint.find("--allow-empty-topic"), std::string::npos);
  auto lenient = service(true);
  const auto content = read_enrollment_profile(*lenient.make_profile({}, hours(1)));
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->topic, "");
}

TEST_F(Profiles, AllowingAnEmptyTopicDoesNotHideARealOne) {
  auto lenient = service(true);
  EXPECT_EQ(read_enrollment_profile(*lenient.make_profile({}, hours(1)))->topic, test_topic);
}

TEST_F(Profiles, AmongSeveralTopicsOneIsChosen) {
  credentials_.pushes.push_back(test_push_certificate("com.apple.mgmt.External.other"));
  auto profiles = service();
  EXPECT_EQ(profiles.make_profile({}, hours(1)).error().code, ErrorCode::conflict);
  ProfileRequest request;
  request.topic = "com.apple.mgmt.External.other";
  EXPECT_EQ(read_enrollment_profile(*profiles.make_profile(request, hours(1)))->topic,
            "com.apple.mgmt.External.other");
  request.topic = "com.apple.mgmt.External.none";
  EXPECT_EQ(profiles.make_profile(request, hours(1)).error().code, ErrorCode::not_found);
}

TEST_F(Profiles, WithoutScepThereIsNone) {
  auto off = service(false, false);
  EXPECT_EQ(off.make_profile({}, hours(1)).error().code, ErrorCode::conflict);
  credentials_.authority = nullptr;
  auto no_authority = service();
  EXPECT_EQ(no_authority.make_profile({}, hours(1)).error().code, ErrorCode::conflict);
}

TEST_F(Profiles, AnErrorLeavesNoChallengeBehind) {
  credentials_.pushes.clear();
  auto strict = service();
  ASSERT_FALSE(strict.make_profile({}, hours(1)));
  clock_.advance(hours(24));
  EXPECT_EQ(*store_->certificates().sweep(clock_.now(), 100), 0);
}

TEST_F(Profiles, AChallengeExpires) {
  auto profiles = service();
  const auto made = profiles.make_challenge(hours(1), {});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->expires_at, clock_.now() + hours(1));
  EXPECT_TRUE(is_spendable(made->challenge.reveal_text()));
  clock_.advance(hours(1) + std::chrono::seconds(1));
  EXPECT_FALSE(is_spendable(made->challenge.reveal_text()));
}

TEST_F(Profiles, ATokenIsRedeemedAsOftenAsItSays) {
  auto profiles = service();
  const auto made = profiles.make_token({"note", hours(2), 2, {}});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->url,
            "https://mdm.example.com:8443/enroll/" + std::string(made->secret.reveal_text()));
  for (int use = 0; use < 2; ++use) {
    const auto profile = profiles.redeem_token(made->secret.reveal_text(), "");
    ASSERT_TRUE(profile);
    EXPECT_TRUE(is_spendable(read_enrollment_profile(*profile)->scep_challenge));
  }
  const auto third = profiles.redeem_token(made->secret.reveal_text(), "");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::unauthenticated);
}

TEST_F(Profiles, ATokenIsNotSpentOnAnErrorOfOurs) {
  auto profiles = service();
  const auto made = profiles.make_token({"", hours(2), 1, {}});
  const auto pushes = std::exchange(credentials_.pushes, {});
  EXPECT_EQ(profiles.redeem_token(made->secret.reveal_text(), "").error().code,
            ErrorCode::conflict);
  credentials_.pushes = pushes;
  EXPECT_TRUE(profiles.redeem_token(made->secret.reveal_text(), ""));
}

TEST_F(Profiles, TheSecretOfATokenIsNotItsId) {
  auto profiles = service();
  const auto made = profiles.make_token({"", hours(2), 1, {}});
  EXPECT_FALSE(profiles.redeem_token(made->token.id, ""));
  EXPECT_TRUE(profiles.redeem_token(made->secret.reveal_text(), ""));
}

}  // namespace
}  // namespace bramley
