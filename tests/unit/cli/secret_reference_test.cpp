#include "cli/secret_reference.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace bramley {
namespace {

const char* fake_environment(const char* name) {
  const std::string_view wanted = name;
  if (wanted == "SECRET") {
    return "from-variable";
  }
  if (wanted == "EMPTY") {
    return "";
  }
  return nullptr;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    std::string path = (std::filesystem::temp_directory_path() / "bramley-secret-XXXXXX").string();
    const int descriptor = ::mkstemp(path.data());
    ::close(descriptor);
    path_ = path;
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] std::string path() const { return path_; }

 private:
  std::string path_;
};

Result<std::string> read(const std::string& text) {
  TRY_ASSIGN(const SecretReference reference, SecretReference::parse(text));
  TRY_ASSIGN(const SecretBytes secret, reference.read(fake_environment));
  return std::string(secret.reveal_text());
}

TEST(SecretReference, RefusesTheSecretItselfWithoutRepeatingIt) {
  for (const auto* text : {"hunter2", "", "@", "env:", "fd:", "fd:-1", "fd:1x", "fd:99999999999"}) {
    const auto reference = SecretReference::parse(text);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().message.find("hunter2"), std::string::npos);
  }
}

TEST(SecretReference, ReadsFilesWithoutTheLastLineBreak) {
  EXPECT_EQ(*read("@" + TemporaryFile("s3cret\n").path()), "s3cret");
  EXPECT_EQ(*read("@" + TemporaryFile("s3cret\r\n").path()), "s3cret");
  EXPECT_EQ(*read("@" + TemporaryFile("two\nlines\n\n").path()), "two\nlines\n");
  EXPECT_FALSE(read("@" + TemporaryFile("\n").path()));
  EXPECT_FALSE(read("@" + TemporaryFile(std::string(70'000, 'x')).path()));
  EXPECT_FALSE(read("@/nonexistent/file"));
}

TEST(SecretReference, ReadsVariables) {
  EXPECT_EQ(*read("env:SECRET"), "from-variable");
  EXPECT_FALSE(read("env:EMPTY"));
  EXPECT_FALSE(read("env:UNSET"));
}

TEST(SecretReference, ATwinHoldsTheSecretOrNamesAFile) {
  const TemporaryFile file("in-file\n");
  const std::string at_file = "@" + file.path();
  const auto environment = [&](const char* name) {
    return std::string_view(name) == "FILE" ? at_file.c_str() : "itself";
  };
  const auto read_twin = [&](const char* name) {
    return std::string(SecretReference::from_variable(name).read(environment)->reveal_text());
  };
  EXPECT_EQ(read_twin("FILE"), "in-file");
  EXPECT_EQ(read_twin("OTHER"), "itself");
}

TEST(SecretReference, ReadsDescriptors) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "piped\n", 6), 6);
  ::close(ends[1]);
  EXPECT_EQ(*read("fd:" + std::to_string(ends[0])), "piped");
  ::close(ends[0]);
}

}  // namespace
}  // namespace bramley
