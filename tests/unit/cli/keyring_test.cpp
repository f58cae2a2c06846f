#include "cli/keyring.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

// secret-tool, as far as it is asked.
class KeyringTest : public testing::Test {
 protected:
  Keyring keyring() {
    return {[this](const ProgramRun& run) -> Result<ProgramEnd> {
              words = run.words;
              input = to_text(run.input);
              if (failure.code != ErrorCode::internal) {
                return failure;
              }
              return ProgramEnd{code, SecretBytes(std::string_view(output)), errors};
            },
            std::chrono::seconds(1)};
  }

  std::vector<std::string> words;
  std::string input;
  int code = 0;
  std::string output;
  std::string errors;
  Error failure{ErrorCode::internal, ""};
};

TEST_F(KeyringTest, ASecretGoesInByStandardInput) {
  ASSERT_TRUE(keyring().store("prod", SecretBytes(std::string_view("s3cret"))));
  EXPECT_EQ(input, "s3cret");
  EXPECT_EQ(words, (std::vector<std::string>{"secret-tool", "store", "--label=bramley: prod",
                                             "application", "bramley", "context", "prod"}));
}

TEST_F(KeyringTest, ASecretIsFoundWithoutALineBreak) {
  for (const char* text : {"s3cret", "s3cret\n"}) {
    output = text;
    const auto found = keyring().find("prod");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->reveal_text(), "s3cret");
  }
}

TEST_F(KeyringTest, WhatIsNotThereIsToldFromWhatIsLocked) {
  code = 1;
  EXPECT_EQ(keyring().find("prod").error().code, ErrorCode::not_found);
  EXPECT_TRUE(keyring().remove("prod"));
  errors = "secret-tool: locked\nmore";
  const auto locked = keyring().find("prod");
  EXPECT_EQ(locked.error().code, ErrorCode::unavailable);
  EXPECT_EQ(locked.error().message, "read the key from the keyring: secret-tool: locked");
  EXPECT_FALSE(keyring().remove("prod"));
  EXPECT_FALSE(keyring().store("prod", SecretBytes(std::string_view("s3cret"))));
}

TEST_F(KeyringTest, AMissingProgramIsNamedWithTheWayOut) {
  failure = {ErrorCode::not_found, "secret-tool: No such file or directory"};
  const auto found = keyring().find("prod");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "read the key from the keyring: secret-tool is not installed");
  EXPECT_NE(found.error().hint.find("libsecret-tools"), std::string::npos);
}

TEST(KeyringReference, IsToldFromASecret) {
  EXPECT_EQ(keyring_reference("prod"), "keyring:prod");
  EXPECT_EQ(keyring_name("keyring:prod"), "prod");
  EXPECT_FALSE(keyring_name("keyring:"));
  EXPECT_FALSE(keyring_name("brm_secret"));
}

}  // namespace
}  // namespace bramley
