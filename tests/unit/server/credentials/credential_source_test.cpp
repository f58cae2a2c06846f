#include "server/credentials/credential_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "core/base/encoding.h"
#include "core/base/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

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
    ASSERT_TRUE(
        write_file(directory_ / name, as_bytes(text), FileMode::secret, Overwrite::replace));
  }

  std::filesystem::path directory_;
  std::map<std::string, std::string> environment_;
  FakeClock clock_;
  RecordingLog log_;
  SeededRandom random_;
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

TEST_F(Credentials, APushCertificateNeedsATopicAndReloadKeepsTheOldOnes) {
  const auto key = PrivateKey::generate_rsa(2048);
  const auto certificate = [&](const std::string& topic) {
    SelfSignedTerms self;
    self.subject = {{"UID", topic}, {"CN", "APSP"}};
    self.not_before = clock_.now();
    self.not_after = clock_.now() + std::chrono::days(365);
    return make_self_signed(*key, self, random_)->pem();
  };
  std::filesystem::create_directory(directory_ / "push");
  write("push/a.pem", certificate("com.apple.mgmt.External.a"));
  const auto credentials = load();
  ASSERT_TRUE(credentials) << credentials.error().message;
  ASSERT_EQ((*credentials)->push_certificates().size(), 1U);
  EXPECT_EQ((*credentials)->push_certificates()[0].topic, "com.apple.mgmt.External.a");

  write("push/b.pem", certificate("com.example.app"));
  (*credentials)->reload();
  EXPECT_EQ((*credentials)->push_certificates().size(), 1U);
  EXPECT_NE(log_.text().find("b.pem"), std::string::npos);

  write("push/b.pem", certificate("com.apple.mgmt.External.b"));
  (*credentials)->reload();
  EXPECT_EQ((*credentials)->push_certificates().size(), 2U);
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
