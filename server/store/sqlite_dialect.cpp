#include "server/store/sqlite_dialect.h"

// This header has all of sqlite3.h inside a namespace, so nothing here may include sqlite3.h too.
#include <soci/sqlite3/soci-sqlite3.h>

namespace bramley {
namespace {

// Whether the machine, and not our SQL, is the cause.
bool is_trouble_of_the_machine(int result) {
  switch (result & 0xff) {  // the primary code
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
    case SQLITE_NOTADB:
      return true;
    default:
      return false;
  }
}

std::string hint_for(int result) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return "the disk is full: free some space";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return "check that the file and its directory can be written by this user";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged: restore it from a backup";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds the database: close it";
    default:
      return {};
  }
}

}  // namespace

Error SqliteDialect::error_of(const soci::soci_error& error) const {
  const auto* const sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  if (sqlite != nullptr && is_trouble_of_the_machine(sqlite->result())) {
    return {ErrorCode::unavailable, sqlite_api::sqlite3_errstr(sqlite->result()),
            hint_for(sqlite->result())};
  }
  // what() would have the parameters' values too.
  return {ErrorCode::internal, error.get_error_message()};
}

std::string SqliteDialect::replacement(std::string_view word) const {
  constexpr std::string_view binary = "binary:";
  if (word.starts_with(binary)) {
    return "CAST(:" + std::string(word.substr(binary.size())) + " AS BLOB)";
  }
  if (word == "key") {
    return "INTEGER PRIMARY KEY";
  }
  if (word == "number") {
    return "INTEGER";
  }
  if (word == "bytes") {
    return "BLOB";
  }
  return word == "clustered" ? "WITHOUT ROWID" : "TEXT";
}

Result<std::unique_ptr<SqlConnection>> connect_sqlite(const std::filesystem::path& file,
                                                      const std::string& vfs, SqliteAccess access,
                                                      const SqliteDialect& dialect) {
  const auto name = std::filesystem::absolute(file).string();
  if (name.find('"') != std::string::npos) {
    return Error{ErrorCode::malformed, "open " + name + ": the name has a quotation mark in it",
                 "choose another name"};
  }
  // One second for another program's lock: a stop may wait for it a few times, and has ten.
  auto parameters = "db=\"" + name + "\" timeout=1";
  if (access == SqliteAccess::read_only) {
    parameters += " readonly=1";
  }
  if (!vfs.empty()) {
    parameters += " vfs=" + vfs;
  }
  try {
    auto session = std::make_unique<soci::session>(soci::sqlite3, parameters);
    return std::make_unique<SqlConnection>(std::move(session), dialect);
  } catch (const soci::soci_error& error) {
    return dialect.error_of(error).while_doing("open " + name);
  }
}

}  // namespace bramley
