#include "server/store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace bramley {

Result<FileLock> FileLock::acquire(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const auto cause = std::generic_category().message(errno);
    return Error{ErrorCode::unavailable, "lock " + path.string() + ": " + cause,
                 "check that the directory can be written by this user"};
  }
  FileLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const auto cause = errno;
    if (cause == EWOULDBLOCK) {
      return Error{ErrorCode::conflict, "lock " + path.string() + ": another server uses it",
                   "stop the other `bramley serve`, or give this one a database of its own"};
    }
    return Error{ErrorCode::unavailable,
                 "lock " + path.string() + ": " + std::generic_category().message(cause),
                 "put the database on a file system that supports locks"};
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

}  // namespace bramley
