#include "core/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace bramley {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

Error errno_error(const std::filesystem::path& path, int number) {
  const ErrorCode code = number == ENOENT                      ? ErrorCode::not_found
                         : number == EACCES || number == EPERM ? ErrorCode::forbidden
                         : number == EEXIST                    ? ErrorCode::conflict
                                                               : ErrorCode::unavailable;
  return Error{code, path.string() + ": " + std::generic_category().message(number)};
}

Status write_all(int descriptor, ByteView content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno_error(path, errno);
    }
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Status sync_directory(const std::filesystem::path& directory) {
  const Descriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0) {
    return errno_error(directory, errno);
  }
  return {};
}

Status write_temporary(int descriptor, const std::filesystem::path& temporary, ByteView content,
                       FileMode mode) {
  TRY(write_all(descriptor, content, temporary));
  if (::fchmod(descriptor, static_cast<mode_t>(mode)) != 0 || ::fsync(descriptor) != 0) {
    return errno_error(temporary, errno);
  }
  return {};
}

Status move_into_place(const std::filesystem::path& temporary, const std::filesystem::path& path,
                       Overwrite overwrite) {
  if (overwrite == Overwrite::replace) {
    return ::rename(temporary.c_str(), path.c_str()) == 0 ? Status() : errno_error(path, errno);
  }
  if (::link(temporary.c_str(), path.c_str()) != 0) {
    return errno == EEXIST ? Error{ErrorCode::conflict, path.string() + ": the file exists",
                                   "choose another name, or overwrite it with --force"}
                           : errno_error(path, errno);
  }
  ::unlink(temporary.c_str());
  return {};
}

}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) {
    return errno_error(path, errno);
  }
  struct stat status{};
  if (::fstat(descriptor.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return Error{ErrorCode::malformed, path.string() + ": is a directory"};
  }
  // The size is not taken from fstat alone: the file may be a pipe, or grow.
  Bytes content;
  Bytes chunk(64U << 10U);
  while (true) {
    const ssize_t got = ::read(descriptor.get(), chunk.data(), chunk.size());
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno_error(path, errno);
    }
    if (got == 0) {
      return content;
    }
    content.insert(content.end(), chunk.begin(), chunk.begin() + got);
    if (content.size() > limit) {
      return Error{ErrorCode::malformed, path.string() + ": larger than " + std::to_string(limit) +
                                             " bytes, the limit here"};
    }
  }
}

Result<SecretBytes> read_secret_file(const std::filesystem::path& path, std::size_t limit) {
  TRY_ASSIGN(auto content, read_file(path, limit));
  return SecretBytes(std::move(content));
}

Status write_file(const std::filesystem::path& path, ByteView content, FileMode mode,
                  Overwrite overwrite) {
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
  std::string temporary = (directory / ("." + path.filename().string() + ".XXXXXX")).string();
  const Descriptor descriptor(::mkostemp(temporary.data(), O_CLOEXEC));
  if (descriptor.get() < 0) {
    return errno_error(path, errno);
  }
  Status status = write_temporary(descriptor.get(), temporary, content, mode);
  if (status) {
    status = move_into_place(temporary, path, overwrite);
  }
  if (!status) {
    ::unlink(temporary.c_str());
    return status;
  }
  return sync_directory(directory);
}

Status make_private_directory(const std::filesystem::path& path) {
  std::filesystem::path sofar;
  for (const auto& part : path) {
    sofar /= part;
    if (::mkdir(sofar.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR) {
      return errno_error(sofar, errno);
    }
  }
  std::error_code failure;
  if (!std::filesystem::is_directory(path, failure)) {
    return Error{ErrorCode::conflict, path.string() + ": exists and is not a directory"};
  }
  return {};
}

}  // namespace bramley
