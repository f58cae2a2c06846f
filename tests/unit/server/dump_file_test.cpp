#include "server/dump_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "tests/contract/store_contract.h"
#include "tests/support/recording_log.h"

namespace bramley {
namespace {

class DumpFileTest : public testing::Test {
 protected:
  static std::string content(const std::filesystem::path& path) {
    const auto bytes = read_file(path);
    return bytes ? to_text(*bytes) : "(none)";
  }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat found{};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);
    return found.st_mode & 0777U;
  }
  TemporaryDirectory directory_;
  const std::filesystem::path path_ = directory_.path() / "dump";
  RecordingLog log_;
};

TEST_F(DumpFileTest, IsPrivateAndAppendedTo) {
  for (const char* text : {"one\n", "two\n"}) {
    const auto file = DumpFile::open(path_, log_);
    ASSERT_TRUE(file) << file.error().message;
    (*file)->write(text);
  }
  EXPECT_EQ(content(path_), "one\ntwo\n");
  EXPECT_EQ(mode_of(path_), 0600U);
}

TEST_F(DumpFileTest, OneThatOthersCouldReadIsMadePrivate) {
  ASSERT_TRUE(write_file(path_, as_bytes("old\n"), FileMode::shared, Overwrite::refuse));
  ASSERT_TRUE(DumpFile::open(path_, log_));
  EXPECT_EQ(mode_of(path_), 0600U);
  EXPECT_EQ(content(path_), "old\n");
}

TEST_F(DumpFileTest, IsBoundedByAnOlderOneBesideIt) {
  const auto file = DumpFile::open(path_, log_, 10);
  ASSERT_TRUE(file);
  for (const char* text : {"first\n", "second\n", "third\n", "longer than all that is allowed\n"}) {
    (*file)->write(text);
  }
  EXPECT_EQ(content(path_.string() + ".1"), "third\n");
  EXPECT_EQ(content(path_), "");
  EXPECT_EQ(mode_of(path_.string() + ".1"), 0600U);
}

TEST_F(DumpFileTest, NothingButAPlainFileIsOpened) {
  ASSERT_TRUE(std::filesystem::create_directory(path_));
  EXPECT_FALSE(DumpFile::open(path_, log_));
  const auto link = directory_.path() / "link";
  std::filesystem::create_symlink(directory_.path() / "elsewhere", link);
  EXPECT_FALSE(DumpFile::open(link, log_));
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "elsewhere"));
  const auto missing = DumpFile::open(directory_.path() / "no" / "dump", log_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_FALSE(DumpFile::open("/dev/null", log_));
}

}  // namespace
}  // namespace bramley
