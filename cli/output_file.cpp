#include "cli/output_file.h"

#include <fstream>
#include <system_error>

namespace bramley {
namespace {

bool is_stdout(const std::filesystem::path& path) {
  return path.empty() || path == "-";
}

// A terminal, a pipe, /dev/null: written to, and never put out of the way by a file.
bool is_device(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto type = std::filesystem::status(path, ignored).type();
  return type == std::filesystem::file_type::character || type == std::filesystem::file_type::fifo;
}

Status write_to_device(const std::filesystem::path& path, ByteView content) {
  std::ofstream device(path, std::ios::binary);
  device.write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
  device.close();
  if (!device) {
    return Error{ErrorCode::unavailable, "write " + path.string() + ": it cannot be written"};
  }
  return {};
}

}  // namespace

Status check_output_file(const std::filesystem::path& path, Overwrite overwrite) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) {
    return Error{ErrorCode::conflict, "write " + path.string() + ": it is a directory"};
  }
  if (is_stdout(path) || is_device(path) || overwrite == Overwrite::replace ||
      !std::filesystem::exists(std::filesystem::symlink_status(path, failure))) {
    return {};
  }
  return Error{ErrorCode::conflict, "write " + path.string() + ": it exists",
               "--force replaces it"};
}

Status write_output_file(Session& session, const std::filesystem::path& path, ByteView content,
                         FileMode mode, Overwrite overwrite) {
  if (is_stdout(path)) {
    session.output().raw(content);
    return {};
  }
  TRY(check_output_file(path, overwrite));
  if (is_device(path)) {
    return write_to_device(path, content);
  }
  auto written = write_file(path, content, mode, overwrite);
  if (written) {
    return {};
  }
  Error error = std::move(written).error();
  // A directory that is missing, or closed to us, is no object of a server (exit_code.h).
  if (error.code == ErrorCode::not_found || error.code == ErrorCode::forbidden) {
    error.code = ErrorCode::unavailable;
  }
  return std::move(error).while_doing("write");
}

}  // namespace bramley
