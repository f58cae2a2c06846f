#include "server/store/sqlite_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string_view>
#include <system_error>

#include "core/base/bytes.h"

namespace bramley {
namespace {

// https://www.sqlite.org/fileformat2.html#the_database_header
constexpr std::size_t header_size = 100;
constexpr std::string_view magic("SQLite format 3\0", 16);
constexpr std::size_t page_size_at = 16;
constexpr std::size_t change_counter_at = 24;
constexpr std::size_t page_count_at = 28;
constexpr std::size_t application_id_at = 68;
constexpr std::size_t page_count_valid_for_at = 92;

Error unreadable(const std::filesystem::path& file, int cause) {
  return {ErrorCode::unavailable,
          "open " + file.string() + ": " + std::generic_category().message(cause),
          "check that the file and its directory can be read and written by this user"};
}

Error not_ours(const std::filesystem::path& file, std::string_view why) {
  return {ErrorCode::conflict, "open " + file.string() + ": " + std::string(why),
          "name another file; this one was left as it is"};
}

std::uint32_t number_at(ByteView header, std::size_t position, std::size_t size) {
  std::uint32_t value = 0;
  for (const auto byte : header.subspan(position, size)) {
    value = value << 8U | byte;
  }
  return value;
}

// How many bytes of the header there are. Empty files have none.
Result<std::size_t> read_header(const std::filesystem::path& file, std::span<std::uint8_t> header) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) {
    return unreadable(file, errno);
  }
  std::size_t got = 0;
  ssize_t count = 1;
  while (got < header.size() && count > 0) {
    count = ::read(descriptor, header.data() + got, header.size() - got);
    got += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  const int cause = errno;
  ::close(descriptor);
  if (count < 0) {
    return unreadable(file, cause);
  }
  return got;
}

// A transaction was cut short: SQLite will finish or undo it when it opens the file, and until then
// the file alone says little.
bool has_log(const std::filesystem::path& file) {
  std::error_code ignored;
  for (const auto* suffix : {"-wal", "-journal"}) {
    auto log = file;
    log += suffix;
    if (std::filesystem::exists(log, ignored) && std::filesystem::file_size(log, ignored) > 0) {
      return true;
    }
  }
  return false;
}

// The header says how long the file is.
bool is_cut_off(const std::filesystem::path& file, ByteView header) {
  std::error_code ignored;
  const auto page_size = number_at(header, page_size_at, 2);
  const std::uintmax_t pages = number_at(header, page_count_at, 4);
  const bool count_is_valid =
      number_at(header, change_counter_at, 4) == number_at(header, page_count_valid_for_at, 4);
  return count_is_valid &&
         std::filesystem::file_size(file, ignored) < pages * (page_size == 1 ? 65536 : page_size);
}

}  // namespace

Result<SqliteFileKind> inspect_sqlite_file(const std::filesystem::path& file) {
  std::error_code cause;
  const auto parent = std::filesystem::absolute(file).parent_path();
  if (!std::filesystem::is_directory(parent, cause)) {
    return Error{ErrorCode::unavailable,
                 "open " + file.string() + ": no directory " + parent.string(),
                 "make the directory, or name another"};
  }
  const auto status = std::filesystem::status(file, cause);
  if (status.type() == std::filesystem::file_type::not_found) {
    return SqliteFileKind::absent;
  }
  if (status.type() == std::filesystem::file_type::none) {
    return unreadable(file, cause.value());
  }
  if (status.type() != std::filesystem::file_type::regular) {
    return not_ours(file, "not a file");
  }
  std::array<std::uint8_t, header_size> header{};
  TRY_ASSIGN(const auto size, read_header(file, header));
  if (size == 0) {
    return SqliteFileKind::absent;
  }
  const bool may_change = has_log(file);
  if (may_change && std::ranges::all_of(header, [](auto byte) { return byte == 0; })) {
    return SqliteFileKind::absent;  // while it was made, the first page never reached the disk
  }
  if (size < header_size || !as_text(header).starts_with(magic)) {
    return not_ours(file, "not a SQLite database");
  }
  if (number_at(header, application_id_at, 4) != sqlite_application_id) {
    return not_ours(file, "a database of another program");
  }
  if (!may_change && is_cut_off(file, header)) {
    return Error{ErrorCode::unavailable, "open " + file.string() + ": the file is cut off",
                 "restore it from a backup"};
  }
  return SqliteFileKind::ours;
}

Status make_sqlite_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return unreadable(file, errno);
  }
  ::close(descriptor);
  return {};
}

}  // namespace bramley
