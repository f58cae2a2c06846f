#include "cli/output_file.h"

#include <system_error>

namespace bramley {
namespace {

bool is_stdout(const std::filesystem::path& path) {
  return path.empty() || path == "-";
}

}  // namespace

Status check_output_file(const std::filesystem::path& path, Overwrite overwrite) {
  std::error_code failure;
  if (is_stdout(path) || overwrite == Overwrite::replace ||
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
