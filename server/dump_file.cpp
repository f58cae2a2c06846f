#include "server/dump_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace bramley {
namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

}  // namespace

Result<std::unique_ptr<DumpFile>> DumpFile::open(const std::string& path, Log& log,
                                                 std::size_t most_bytes) {
  std::unique_ptr<DumpFile> file(new DumpFile(path, log, most_bytes));
  if (path == "-") {
    file->is_stdout_ = true;
    file->descriptor_ = STDOUT_FILENO;
    return file;
  }
  TRY(file->open_file());
  return file;
}

DumpFile::~DumpFile() {
  if (!is_stdout_ && descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Status DumpFile::open_file() {
  // Not through a link: others may be able to write where the file is.
  descriptor_ =
      ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
             S_IRUSR | S_IWUSR);
  struct stat found{};
  if (descriptor_ < 0 || ::fstat(descriptor_, &found) != 0) {
    return Error{errno == ENOENT ? ErrorCode::not_found : ErrorCode::forbidden,
                 "open the dump " + path_.string() + ": " + reason(errno)};
  }
  if (!S_ISREG(found.st_mode)) {
    return Error{ErrorCode::conflict, "open the dump " + path_.string() + ": it is no plain file",
                 "name another file, or - for standard output"};
  }
  if (::fchmod(descriptor_, S_IRUSR | S_IWUSR) != 0) {
    return Error{ErrorCode::forbidden,
                 "keep the dump " + path_.string() + " private: " + reason(errno)};
  }
  size_ = static_cast<std::size_t>(found.st_size);
  return {};
}

void DumpFile::begin_anew() {
  std::filesystem::path old = path_;
  old += ".1";
  std::error_code failed;
  std::filesystem::rename(path_, old, failed);
  if (failed) {
    complain(failed.value());
    return;
  }
  ::close(std::exchange(descriptor_, -1));
  if (const Status opened = open_file(); !opened) {
    log_.error("traffic is not dumped any more", {{"cause", opened.error().message}});
  }
}

void DumpFile::write(std::string_view text) {
  if (!is_stdout_ && size_ > 0 && size_ + text.size() > most_bytes_) {
    begin_anew();
  }
  if (descriptor_ < 0 || (!is_stdout_ && size_ + text.size() > most_bytes_)) {
    return;
  }
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      complain(errno);
      return;
    }
    size_ += static_cast<std::size_t>(written);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  complained_ = false;
}

void DumpFile::complain(int error) {
  if (!complained_) {
    complained_ = true;
    log_.error("traffic not dumped", {{"cause", reason(error)}});
  }
}

}  // namespace bramley
