#include "server/credentials/credential_source.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "core/base/encoding.h"
#include "core/base/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/push_pairs.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

using testing::HasSubstr;

class Credentials : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "bramley-credentials.XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  CredentialOptions options() {
    return {directory_, [this](const char* name) -> const char* {
              const auto found = environment_.find(name);
              return found == environment_.end() ? nullptr : found->second.c_str();
            }};
  }
  Result<std::unique_ptr<CredentialSource>> load() {
    return load_credentials(options(), clock_, log_);
  }
  AuthorityTerms terms(std::chrono::days lifetime = std::chrono::days(100)) {
    return {"Test CA", "Test", clock_.now() - std::chrono::days(1), clock_.now() + lifetime, 2048};
  }
  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(make_private_directory((directory_ / name).parent_path()));
    ASSERT_TRUE(
        write_file(directory_ / name, as_bytes(text), FileMode::secret, Overwrite::replace));
  }

  std::filesystem::path directory_;
  std::map<std::string, std::string> environment_;
  FakeClock clock_;
  RecordingLog log_;
  SeededRandom random_;
};

// Pairs as `bramley push-cert import` leaves them.
class PushCredentials : public Credentials {
 protected:
  PushIdentity pair(const std::string& topic, int days = 365) {
    return make_push_pair(topic, clock_.now() - std::chrono::days(10),
                          clock_.now() + std::chrono::days(days));
  }
  void write_pair(const std::string& stem, const PushIdentity& pair) {
    write("push/" + stem + ".key", pem_of(*pair.key));
    write("push/" + stem + ".pem", pair.certificate.pem());
  }
  void start() {
    auto loaded = load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    credentials_ = *std::move(loaded);
  }
  PushCertificateState state(const std::string& location) {
    for (const PushCertificateState& state : credentials_->push_certificate_states()) {
      if (state.location == location) {
        return state;
      }
    }
    ADD_FAILURE() << "nothing is known of " << location;
    return {};
  }
  void expect_in_force(const PushIdentity& expected) {
    bool found = false;
    for (const PushCertificate& push : credentials_->push_certificates()) {
      found = found || push.certificate == expected.certificate;
    }
    EXPECT_TRUE(found);
    const auto key = credentials_->push_key(expected.topic);
    ASSERT_TRUE(key);
    EXPECT_TRUE(key->matches(expected.certificate));
  }

  const std::string topic_a = "com.apple.mgmt.External.a";
  const std::string topic_b = "com.apple.mgmt.External.b";
  std::unique_ptr<CredentialSource> credentials_;
};

TEST_F(Credentials, AnEmptyDirectoryHasNone) {
  const auto credentials = load();
  ASSERT_TRUE(credentials);
  EXPECT_EQ((*credentials)->scep_authority(), nullptr);
  EXPECT_TRUE((*credentials)->push_certificates().empty());
}

TEST_F(Credentials, TheMadeAuthorityIsFoundAndItsKeyIsPrivate) {
  ASSERT_TRUE(create_scep_authority(directory_, terms(), random_));
  const auto credentials = load();
  ASSERT_TRUE(credentials) << credentials.error().message;
  ASSERT_NE((*credentials)->scep_authority(), nullptr);
  EXPECT_EQ(std::filesystem::status(directory_ / "scep-ca.key").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Credentials, AnAuthorityIsNeverOverwritten) {
  ASSERT_TRUE(create_scep_authority(directory_, terms(), random_));
  const auto before = read_file(directory_ / "scep-ca.pem");
  const auto again = create_scep_authority(directory_, terms(), random_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  EXPECT_EQ(*read_file(directory_ / "scep-ca.pem"), *before);
}

TEST_F(Credentials, AKeyOfAnotherAuthorityIsNamed) {
  ASSERT_TRUE(create_scep_authority(directory_, terms(), random_));
  const auto other = PrivateKey::generate_rsa(2048);
  write("scep-ca.key", other->to_pem()->reveal_text());
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, ErrorCode::conflict);
  EXPECT_NE(credentials.error().message.find("scep-ca.pem"), std::string::npos);
  EXPECT_NE(credentials.error().hint.find("scep-ca.key"), std::string::npos);
}

TEST_F(Credentials, AnExpiredAuthorityIsNamedWithItsDate) {
  ASSERT_TRUE(create_scep_authority(directory_, terms(std::chrono::days(10)), random_));
  clock_.advance(std::chrono::days(11));
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_NE(credentials.error().message.find("expired on 2026-12-04"), std::string::npos)
      << credentials.error().message;
}

TEST_F(Credentials, AnAuthorityOfTheFutureIsNamedWithItsDate) {
  ASSERT_TRUE(create_scep_authority(directory_, terms(), random_));
  clock_.advance(-std::chrono::days(2));
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, ErrorCode::conflict);
  EXPECT_NE(credentials.error().message.find("not valid before 2026-"), std::string::npos)
      << credentials.error().message;
}

TEST_F(Credentials, AChangedAuthorityIsSaidOnceAndCountsFromTheNextStart) {
  ASSERT_TRUE(create_scep_authority(directory_, terms(), random_));
  const auto credentials = load();
  ASSERT_TRUE(credentials);
  const auto running = (*credentials)->scep_authority();
  const auto said = [&](std::string_view words) {
    const auto before = log_.text().size();
    (*credentials)->reload();
    (*credentials)->reload();
    EXPECT_EQ((*credentials)->scep_authority(), running);
    const std::string more = log_.text().substr(before);
    return (words.empty() ? more.empty() : more.find(words) != std::string::npos) &&
           std::count(more.begin(), more.end(), '\n') <= 1;
  };
  EXPECT_TRUE(said(""));
  std::filesystem::remove(directory_ / "scep-ca.key");
  EXPECT_TRUE(said("scep-ca.key")) << log_.text();
  std::filesystem::remove(directory_ / "scep-ca.pem");
  EXPECT_TRUE(said("it is gone")) << log_.text();
  ASSERT_TRUE(create_scep_authority(directory_, terms(), random_));
  EXPECT_TRUE(said("another one is in its place")) << log_.text();
  clock_.advance(std::chrono::days(101));
  EXPECT_TRUE(said("expired on")) << log_.text();
}

TEST_F(Credentials, HalfAPairIsRefused) {
  ASSERT_TRUE(create_scep_authority(directory_, terms(), random_));
  std::filesystem::remove(directory_ / "scep-ca.key");
  ASSERT_FALSE(load());
  environment_["BRAMLEY_SCEP_CA_CERT"] = "x";
  ASSERT_FALSE(load());
}

TEST_F(Credentials, TheEnvironmentBeatsTheDirectory) {
  ASSERT_TRUE(create_scep_authority(directory_, terms(), random_));
  const auto in_directory = (*load())->scep_authority()->certificate().fingerprint();
  const auto made = make_certificate_authority(terms(), random_);
  ASSERT_TRUE(made);
  environment_["BRAMLEY_SCEP_CA_CERT"] = made->certificate.pem();
  write("elsewhere.key", made->key.to_pem()->reveal_text());
  environment_["BRAMLEY_SCEP_CA_KEY"] = "@" + (directory_ / "elsewhere.key").string();
  const auto credentials = load();
  ASSERT_TRUE(credentials) << credentials.error().message;
  EXPECT_EQ((*credentials)->scep_authority()->certificate().fingerprint(),
            made->certificate.fingerprint());
  EXPECT_NE((*credentials)->scep_authority()->certificate().fingerprint(), in_directory);
}

TEST_F(PushCredentials, ABadFileStopsTheStart) {
  write_pair("a", pair(topic_a));
  write("push/b.pem", pair("com.example.app").certificate.pem());
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_THAT(credentials.error().message, HasSubstr("b.pem"));
  EXPECT_THAT(credentials.error().hint, HasSubstr("identity.apple.com"));
}

TEST_F(PushCredentials, TwoFilesOfOneTopicStopTheStart) {
  write_pair("a", pair(topic_a));
  write_pair("b", pair(topic_a));
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_EQ(credentials.error().code, ErrorCode::conflict);
  EXPECT_THAT(credentials.error().message, HasSubstr("two files"));
}

TEST_F(PushCredentials, AKeyOfAnotherCertificateStopsTheStart) {
  write_pair("a", pair(topic_a));
  write("push/a.key", pem_of(*PrivateKey::generate_ec_p256()));
  const auto credentials = load();
  ASSERT_FALSE(credentials);
  EXPECT_THAT(credentials.error().message, HasSubstr("does not belong"));
}

TEST_F(PushCredentials, OneThatHasNoKeyOrHasExpiredIsSaidAndUsed) {
  write("push/a.pem", pair(topic_a).certificate.pem());
  write_pair("b", pair(topic_b, -1));
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(credentials_->push_certificates().size(), 2U);
  EXPECT_FALSE(credentials_->push_key(topic_a));
  EXPECT_EQ(state("push/a.pem").fault, "its key is missing");
  EXPECT_EQ(state("push/b.pem").fault, "it expired on 2026-11-23T00:00:00Z");
}

TEST_F(PushCredentials, ARenewedPairIsTakenUp) {
  write_pair("a", pair(topic_a));
  ASSERT_NO_FATAL_FAILURE(start());
  const PushIdentity renewed = pair(topic_a, 700);
  write_pair("a", renewed);
  write("push/a.account", "mdm@example.com\n");
  credentials_->reload();
  expect_in_force(renewed);
  EXPECT_EQ(state("push/a.pem").apple_account, "mdm@example.com");
  EXPECT_THAT(log_.text(), HasSubstr("info push certificate in force topic=" + topic_a));
  write_pair("b", pair(topic_b));
  credentials_->reload();
  EXPECT_EQ(credentials_->push_certificates().size(), 2U);
}

TEST_F(PushCredentials, TheOldPairStaysWhenTheNewOneIsBadAndIsSaidOnce) {
  const PushIdentity good = pair(topic_a);
  const PushIdentity renewed = pair(topic_a, 700);
  const std::string foreign = pem_of(*PrivateKey::generate_ec_p256());
  write_pair("a", good);
  ASSERT_NO_FATAL_FAILURE(start());
  const struct {
    std::string certificate;
    std::string key;
    const char* fault;
  } cases[] = {{"no certificate", foreign, "a.pem"},
               {renewed.certificate.pem(), foreign, "does not belong"},
               {renewed.certificate.pem(), "no key", "a.key"},
               {pair(topic_a, -1).certificate.pem(), "", "expired"},
               {pair("com.example.app").certificate.pem(), "", "topic"},
               {pair(topic_b).certificate.pem(), "", "would be lost"}};
  for (const auto& each : cases) {
    write("push/a.pem", each.certificate);
    write("push/a.key", each.key.empty() ? pem_of(*good.key) : each.key);
    if (each.key.empty()) {
      std::filesystem::remove(directory_ / "push/a.key");
    }
    const std::size_t before = log_.lines().size();
    credentials_->reload();
    credentials_->reload();
    expect_in_force(good);
    EXPECT_EQ(credentials_->push_certificates().size(), 1U);
    EXPECT_THAT(state("push/a.pem").fault, HasSubstr(each.fault));
    ASSERT_EQ(log_.lines().size(), before + 1) << each.fault;
    EXPECT_THAT(log_.lines().back(), HasSubstr(each.fault));
  }
  write_pair("a", renewed);
  credentials_->reload();
  expect_in_force(renewed);
  EXPECT_EQ(state("push/a.pem").fault, "");
}

TEST_F(PushCredentials, OneBadFileDoesNotHoldUpTheOthers) {
  write_pair("a", pair(topic_a));
  ASSERT_NO_FATAL_FAILURE(start());
  const PushIdentity renewed = pair(topic_a, 700);
  write_pair("a", renewed);
  write("push/b.pem", "nothing");
  credentials_->reload();
  expect_in_force(renewed);
  EXPECT_FALSE(state("push/b.pem").certificate);
  EXPECT_THAT(state("push/b.pem").fault, HasSubstr("b.pem"));
}

TEST_F(PushCredentials, AFileThatIsGoneStaysInForceUntilTheNextStart) {
  const PushIdentity good = pair(topic_a);
  write_pair("a", good);
  ASSERT_NO_FATAL_FAILURE(start());
  std::filesystem::remove(directory_ / "push/a.pem");
  credentials_->reload();
  expect_in_force(good);
  EXPECT_THAT(state("push/a.pem").fault, HasSubstr("gone"));
  // Under another name it is no fault.
  write_pair("renamed", good);
  credentials_->reload();
  EXPECT_EQ(state("push/renamed.pem").fault, "");
  EXPECT_EQ(credentials_->push_certificate_states().size(), 1U);
}

TEST_F(PushCredentials, OfTwoFilesOfOneTopicTheOneInForceStays) {
  const PushIdentity good = pair(topic_a);
  write_pair("m", good);
  ASSERT_NO_FATAL_FAILURE(start());
  write_pair("a", pair(topic_a, 700));
  credentials_->reload();
  expect_in_force(good);
  EXPECT_THAT(state("push/a.pem").fault, HasSubstr("two files"));
}

TEST_F(PushCredentials, TheEnvironmentStandsBeforeTheDirectoryTopicByTopic) {
  const PushIdentity in_directory = pair(topic_a);
  const PushIdentity in_environment = pair(topic_a, 700);
  write_pair("a", in_directory);
  write_pair("b", pair(topic_b));
  environment_["BRAMLEY_PUSH_CERT"] = in_environment.certificate.pem();
  environment_["BRAMLEY_PUSH_KEY"] = pem_of(*in_environment.key);
  ASSERT_NO_FATAL_FAILURE(start());
  expect_in_force(in_environment);
  EXPECT_EQ(credentials_->push_certificates().size(), 2U);
  EXPECT_EQ(state("BRAMLEY_PUSH_CERT").origin, CredentialOrigin::environment);
  EXPECT_EQ(state("BRAMLEY_PUSH_CERT").fault, "");
}

TEST_F(PushCredentials, TheEnvironmentHoldsSeveralInAnyOrderWithLineBreaksEscaped) {
  const PushIdentity a = pair(topic_a);
  const PushIdentity b = pair(topic_b);
  std::string text = pem_of(*b.key) + a.certificate.pem() + pem_of(*a.key) + b.certificate.pem();
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at)) {
    text.replace(at, 1, "\\n");
  }
  environment_["BRAMLEY_PUSH_CERT"] = "\"" + text + "\"";
  ASSERT_NO_FATAL_FAILURE(start());
  expect_in_force(a);
  expect_in_force(b);
}

TEST_F(PushCredentials, AFileThatAVariableNamesIsLookedAtAgain) {
  const PushIdentity first = pair(topic_a);
  write("elsewhere.pem", first.certificate.pem() + pem_of(*first.key));
  environment_["BRAMLEY_PUSH_CERT"] = "@" + (directory_ / "elsewhere.pem").string();
  ASSERT_NO_FATAL_FAILURE(start());
  write("elsewhere.pem", "nothing");
  credentials_->reload();
  expect_in_force(first);
  EXPECT_NE(state("BRAMLEY_PUSH_CERT").fault, "");
  const PushIdentity renewed = pair(topic_a, 700);
  write("elsewhere.pem", renewed.certificate.pem() + pem_of(*renewed.key));
  credentials_->reload();
  expect_in_force(renewed);
}

TEST_F(PushCredentials, AFolderThatCannotBeListedKeepsAll) {
  const PushIdentity good = pair(topic_a);
  write_pair("a", good);
  ASSERT_NO_FATAL_FAILURE(start());
  std::filesystem::rename(directory_ / "push", directory_ / "away");
  write("push", "a file");
  credentials_->reload();
  credentials_->reload();
  expect_in_force(good);
  EXPECT_EQ(log_.lines().size(), 1U);
  EXPECT_THAT(log_.text(), HasSubstr("not looked at"));
}

TEST_F(Credentials, TheDataKeyIsMadeOnceAndThenTheSame) {
  ASSERT_FALSE(load_data_key(options(), CreateMissing::no, random_));
  const auto made = load_data_key(options(), CreateMissing::yes, random_);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size(), 32U);
  const auto again = load_data_key(options(), CreateMissing::yes, random_);
  ASSERT_TRUE(again);
  EXPECT_TRUE(std::ranges::equal(made->reveal(), again->reveal()));
}

TEST_F(Credentials, ADataKeyOfAnotherSizeIsRefused) {
  environment_["BRAMLEY_DATA_KEY"] = encode_base64(Bytes(16));
  const auto key = load_data_key(options(), CreateMissing::yes, random_);
  ASSERT_FALSE(key);
  EXPECT_NE(key.error().message.find("BRAMLEY_DATA_KEY"), std::string::npos);
}

}  // namespace
}  // namespace bramley
