#pragma once

#include <filesystem>

#include "core/base/result.h"

namespace bramley {

// Keeps a second server off the same database, for as long as it lives; the kernel lets go of it
// when the process ends, however it ends.
class FileLock {
 public:
  // conflict: somebody holds it. unavailable: it cannot be made.
  static Result<FileLock> acquire(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace bramley
