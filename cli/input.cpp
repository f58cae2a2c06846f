#include "cli/input.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace bramley {

Result<Bytes> read_input_file(const std::filesystem::path& path, std::size_t limit) {
  auto content = read_file(path, limit);
  if (content) {
    return content;
  }
  Error error = std::move(content).error();
  if (error.code == ErrorCode::not_found || error.code == ErrorCode::forbidden) {
    error.code = ErrorCode::unavailable;
  }
  return error;
}

Result<Bytes> read_descriptor(int descriptor, std::size_t limit) {
  Bytes content;
  Bytes chunk(16U << 10U);
  while (true) {
    const ssize_t got = ::read(descriptor, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return Error{ErrorCode::unavailable, "read descriptor " + std::to_string(descriptor) + ": " +
                                               std::generic_category().message(errno)};
    }
    if (got == 0) {
      return content;
    }
    content.insert(content.end(), chunk.begin(), chunk.begin() + got);
    if (content.size() > limit) {
      return Error{ErrorCode::malformed,
                   "the input is larger than " + std::to_string(limit) + " bytes, the limit here"};
    }
  }
}

Result<Bytes> read_input(const std::string& name, std::size_t limit) {
  if (name != "-") {
    return read_input_file(name, limit);
  }
  auto content = read_descriptor(STDIN_FILENO, limit);
  if (!content) {
    return std::move(content).error().while_doing("standard input");
  }
  return content;
}

}  // namespace bramley
