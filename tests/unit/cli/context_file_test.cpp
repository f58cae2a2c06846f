#include "cli/context_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace bramley {
namespace {

class ContextFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "bramley-context-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    path_ = directory_ / "made" / "config.yaml";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& content, mode_t mode = 0600) {
    std::filesystem::create_directories(path_.parent_path());
    std::ofstream(path_) << content;
    ::chmod(path_.c_str(), mode);
  }
  [[nodiscard]] std::string content() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

  std::filesystem::path directory_;
  std::filesystem::path path_;
};

TEST_F(ContextFileTest, IsEmptyWhereThereIsNoFile) {
  const auto file = ContextFile::load(path_);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->contexts().empty());
  EXPECT_TRUE(file->current().empty());
}

TEST_F(ContextFileTest, ComesBackAsItWasSaved) {
  auto file = ContextFile::load(path_);
  ASSERT_TRUE(file->set({"a", "https://a", "key: 'x'\"", "/ca.pem", ""}));
  ASSERT_TRUE(file->set({"b", "https://b", "env:B", "", "-----BEGIN\nX\n-----END\n"}));
  ASSERT_TRUE(file->save());
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(path_.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);

  const auto again = ContextFile::load(path_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->current(), "a");
  EXPECT_EQ(again->find("a")->token, "key: 'x'\"");
  EXPECT_EQ(again->find("b")->ca_pem, "-----BEGIN\nX\n-----END\n");
  EXPECT_EQ(again->find("c"), nullptr);
}

TEST_F(ContextFileTest, KeepsWhatItDoesNotKnow) {
  write("serve: {listen: '0.0.0.0:443'}\ncontexts: {a: {server: https://a, colour: blue}}\n");
  auto file = ContextFile::load(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->set({"a", "https://new", "", "", ""}));
  ASSERT_TRUE(file->save());
  EXPECT_NE(content().find("0.0.0.0:443"), std::string::npos);
  EXPECT_NE(content().find("colour: blue"), std::string::npos);
  EXPECT_NE(content().find("https://new"), std::string::npos);
}

TEST_F(ContextFileTest, ForgetsTheCurrentOneWithItsContext) {
  auto file = ContextFile::load(path_);
  ASSERT_TRUE(file->set({"a", "https://a", "", "", ""}));
  ASSERT_TRUE(file->remove("a"));
  EXPECT_TRUE(file->current().empty());
  EXPECT_EQ(file->remove("a").error().code, ErrorCode::not_found);
  EXPECT_EQ(file->use("a").error().code, ErrorCode::not_found);
}

TEST_F(ContextFileTest, RefusesNamesThatAreNone) {
  auto file = ContextFile::load(path_);
  for (const auto* name : {"", "a b", "-a", "a/b", "a:b", "ä"}) {
    EXPECT_FALSE(file->set({name, "https://a", "", "", ""})) << name;
  }
  EXPECT_FALSE(file->set({std::string(65, 'a'), "https://a", "", "", ""}));
}

TEST_F(ContextFileTest, RefusesFilesOfAnotherShape) {
  for (const auto* text : {"- 1\n", "contexts: [1]\n", "contexts: {a: 1}\n", "a: [\n", "just text",
                           "contexts: {a: {server: [1]}}\n"}) {
    write(text);
    EXPECT_FALSE(ContextFile::load(path_)) << text;
  }
  write("");
  EXPECT_TRUE(ContextFile::load(path_));
}

TEST_F(ContextFileTest, AKeyThatOthersCanReadIsRefusedButAReferenceIsFine) {
  write("contexts: {a: {server: https://a, token: k3y}}\n", 0640);
  const auto file = ContextFile::load(path_);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::conflict);
  EXPECT_EQ(file.error().message.find("k3y"), std::string::npos);
  write("contexts: {a: {server: https://a, token: env:KEY}}\n", 0644);
  EXPECT_TRUE(ContextFile::load(path_));
}

TEST(DefaultContextFile, FollowsTheXdgSpecification) {
  const auto with = [](const char* xdg, const char* home) {
    return default_context_file(
        [=](const char* name) { return std::string_view(name) == "XDG_CONFIG_HOME" ? xdg : home; });
  };
  EXPECT_EQ(*with("/x", "/people/u"), "/x/bramley/config.yaml");
  EXPECT_EQ(*with(nullptr, "/people/u"), "/people/u/.config/bramley/config.yaml");
  EXPECT_EQ(*with("relative", "/people/u"), "/people/u/.config/bramley/config.yaml");
  EXPECT_EQ(*with("", "/people/u"), "/people/u/.config/bramley/config.yaml");
  EXPECT_FALSE(with(nullptr, nullptr));
}

}  // namespace
}  // namespace bramley
