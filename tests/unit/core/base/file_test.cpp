#include "core/base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace bramley {
namespace {

namespace fs = std::filesystem;

class File : public testing::Test {
 protected:
  File() {
    std::string name = (fs::temp_directory_path() / "bramley-file-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~File() override { fs::remove_all(folder_); }

  static unsigned mode_of(const fs::path& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(File, WritesAndReadsBack) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(write_file(path, as_bytes("hello"), FileMode::shared, Overwrite::refuse));
  EXPECT_EQ(to_text(*read_file(path)), "hello");
  EXPECT_EQ(mode_of(path), 0644U);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(File, SecretsAreForTheOwnerOnly) {
  const fs::path path = folder_ / "key";
  ASSERT_TRUE(write_file(path, as_bytes("k"), FileMode::secret, Overwrite::refuse));
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(read_secret_file(path)->reveal_text(), "k");
}

TEST_F(File, DoesNotOverwriteUnlessTold) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(write_file(path, as_bytes("old"), FileMode::shared, Overwrite::refuse));
  const auto refused = write_file(path, as_bytes("new"), FileMode::shared, Overwrite::refuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_EQ(to_text(*read_file(path)), "old");
  EXPECT_EQ(entries(), 1U);
  ASSERT_TRUE(write_file(path, as_bytes("new"), FileMode::secret, Overwrite::replace));
  EXPECT_EQ(to_text(*read_file(path)), "new");
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(File, MissingFilesAndFoldersAreNamed) {
  const auto missing = read_file(folder_ / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find((folder_ / "none").string()), std::string::npos);
  EXPECT_EQ(read_file(folder_).error().code, ErrorCode::malformed);
  const auto homeless =
      write_file(folder_ / "no" / "a", as_bytes("x"), FileMode::shared, Overwrite::replace);
  ASSERT_FALSE(homeless);
  EXPECT_EQ(homeless.error().code, ErrorCode::not_found);
}

TEST_F(File, AFailedWriteLeavesNothingBehind) {
  fs::create_directory(folder_ / "taken");
  EXPECT_FALSE(write_file(folder_ / "taken", as_bytes("x"), FileMode::shared, Overwrite::replace));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(File, SizesAreBounded) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(write_file(path, Bytes(1000, 'x'), FileMode::shared, Overwrite::refuse));
  EXPECT_EQ(read_file(path, 1000)->size(), 1000U);
  const auto large = read_file(path, 999);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::malformed);
}

TEST_F(File, EndlessFilesStopAtTheLimit) {
  EXPECT_EQ(read_file("/dev/zero", 100'000).error().code, ErrorCode::malformed);
}

TEST_F(File, PrivateDirectoriesAreMadeWithTheirParents) {
  const fs::path path = folder_ / "a" / "b";
  ASSERT_TRUE(make_private_directory(path));
  EXPECT_EQ(mode_of(path), 0700U);
  EXPECT_EQ(mode_of(folder_ / "a"), 0700U);
  EXPECT_TRUE(make_private_directory(path));
  ASSERT_TRUE(write_file(folder_ / "file", as_bytes("x"), FileMode::shared, Overwrite::refuse));
  EXPECT_FALSE(make_private_directory(folder_ / "file"));
}

}  // namespace
}  // namespace bramley
