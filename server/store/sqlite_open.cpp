// open_sqlite_store: from a file name to a store, or one clear refusal; and what is in a file.

#include <system_error>

#include "core/base/encoding.h"
#include "server/store/migrations/migrations.h"
#include "server/store/sql_schema.h"
#include "server/store/sql_store.h"
#include "server/store/sqlite_dialect.h"
#include "server/store/sqlite_file.h"

namespace bramley {
namespace {

constexpr std::string_view key_check_property = "data_key_check";
constexpr std::string_view key_check_text = "bramley";

// Sealed once and opened at every start: another data key is noticed before the first device asks.
Status check_data_key(SqlConnection& sql, const Sealer& sealer, const std::string& name) {
  const auto kept = read_property(sql, std::string(key_check_property));
  const auto sealed = kept ? decode_base64(*kept) : Result<Bytes>(Bytes());
  if (!sealed || !sealer.open(*sealed, key_check_property)) {
    return Error{ErrorCode::unauthenticated,
                 "open " + name + ": it was sealed with another data key",
                 "give the data key that the database was made with (BRAMLEY_DATA_KEY, or the key "
                 "file in the credentials directory)"};
  }
  return {};
}

Status write_data_key_check(SqlConnection& sql, const Sealer& sealer) {
  TRY_ASSIGN(const auto sealed, sealer.seal(as_bytes(key_check_text), key_check_property));
  write_property(sql, std::string(key_check_property), encode_base64(sealed));
  return {};
}

Status set_up_writer(SqlConnection& sql, const SqliteOptions& options) {
  sql.execute(options.synchronous == SqliteOptions::Synchronous::full ? "PRAGMA synchronous = FULL"
                                                                      : "PRAGMA synchronous = OFF");
  sql.execute("PRAGMA cache_size = -65536");
  sql.execute("PRAGMA temp_store = MEMORY");
  if (options.use == SqliteOptions::Use::shared) {
    sql.execute("PRAGMA busy_timeout = 60000");  // others write too, and SQLite's lock is not fair
  }
  return {};
}

// After the schema is there, so that the file's first page says what it is even while all else is
// in the log.
Status start_log(SqlConnection& sql, const std::string& name) {
  if (sql.text_of_query("PRAGMA journal_mode = WAL") != "wal") {
    return Error{ErrorCode::unavailable, "open " + name + ": no write-ahead log can be kept there",
                 "put the database on a local file system"};
  }
  sql.execute("PRAGMA wal_autocheckpoint = 2000");
  sql.execute("PRAGMA journal_size_limit = 67108864");
  return {};
}

// What the file holds now that SQLite has finished or undone what was cut short. 0: nothing.
Result<int> recovered_version(SqlConnection& sql, const std::string& name) {
  if (sql.number_of_query("SELECT COUNT(*) FROM sqlite_master") == 0) {
    return 0;
  }
  if (sql.number_of_query("PRAGMA application_id") != sqlite_application_id) {
    return Error{ErrorCode::conflict, "open " + name + ": a database of another program",
                 "name another file; this one was left as it is"};
  }
  const int version = schema_version(sql);
  if (version > newest_schema_version()) {
    return Error{ErrorCode::conflict,
                 "open " + name + ": its schema is version " + std::to_string(version) +
                     ", newer than this program's " + std::to_string(newest_schema_version()),
                 "run the newer bramley that wrote it, or restore a backup from before"};
  }
  return version;
}

Status bring_up_to_date(SqlConnection& sql, const Sealer& sealer, const std::string& name) {
  TRY_ASSIGN(const auto version, recovered_version(sql, name));
  if (version > 0) {
    TRY(check_data_key(sql, sealer, name));
  }
  if (version < newest_schema_version()) {
    sql.execute("BEGIN IMMEDIATE");
    sql.execute("PRAGMA application_id = " + std::to_string(sqlite_application_id));
    migrate(sql, version);
    if (version == 0) {
      TRY(write_data_key_check(sql, sealer));
    }
    sql.execute("COMMIT");
  }
  touch_tables(sql);
  return {};
}

// An error of SQLite's, as the person who started the server should read it.
Error refusal(Error error, const std::string& name) {
  if (error.code == ErrorCode::internal) {
    error.code = ErrorCode::unavailable;
    error.hint = "the file is damaged: restore it from a backup";
  }
  return std::move(error).while_doing("open " + name);
}

Status prepare(SqlConnection& sql, const SqliteOptions& options, const Sealer& sealer) {
  const auto name = options.file.string();
  try {
    TRY(set_up_writer(sql, options));
    TRY(bring_up_to_date(sql, sealer, name));
    return start_log(sql, name);
  } catch (const soci::soci_error& error) {
    return refusal(sql.dialect().error_of(error), name);
  }
}

Result<SqlDatabase> open_database(const SqliteOptions& options, const Sealer& sealer) {
  auto dialect = std::make_unique<SqliteDialect>();
  TRY_ASSIGN(auto writer, connect_sqlite(options.file, options.vfs, SqliteAccess::write, *dialect));
  TRY(prepare(*writer, options, sealer));
  SqlDatabase database;
  for (int i = 0; i < options.readers; ++i) {
    TRY_ASSIGN(auto reader,
               connect_sqlite(options.file, options.vfs, SqliteAccess::read_only, *dialect));
    TRY(fenced(*dialect, "open " + options.file.string(), [&]() -> Status {
      reader->execute("PRAGMA query_only = 1");
      reader->execute("PRAGMA cache_size = -16384");
      return {};
    }));
    database.read_connections.push_back(std::move(reader));
  }
  database.write_connection = std::move(writer);
  database.dialect = std::move(dialect);
  return database;
}

// The traces of a database that could not be made.
void remove_file(const std::filesystem::path& file) {
  std::error_code ignored;
  for (const auto* suffix : {"", "-journal", "-wal", "-shm"}) {
    auto part = file;
    part += suffix;
    std::filesystem::remove(part, ignored);
  }
}

}  // namespace

Result<SqliteSchemaState> sqlite_schema_state(const std::filesystem::path& file) {
  const SqliteDialect dialect;
  SqliteSchemaState state{0, newest_schema_version()};
  auto log = file;
  log += "-wal";
  std::error_code ignored;
  // One that only reads could not take away the log that it has to make where there is none.
  const auto access =
      std::filesystem::exists(log, ignored) ? SqliteAccess::read_only : SqliteAccess::write;
  TRY_ASSIGN(const auto sql, connect_sqlite(file, "", access, dialect));
  try {
    if (sql->number_of_query("SELECT COUNT(*) FROM sqlite_master") > 0) {
      state.version = schema_version(*sql);
    }
    return state;
  } catch (const soci::soci_error& error) {
    return refusal(dialect.error_of(error), file.string());
  }
}

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options,
                                                 std::shared_ptr<const Sealer> sealer, Log& log) {
  // Looked at before the lock is made beside it: where something else lives we leave no trace.
  TRY(inspect_sqlite_file(options.file));
  auto lock_file = std::filesystem::weakly_canonical(options.file);
  lock_file += ".lock";
  std::optional<FileLock> lock;
  if (options.use == SqliteOptions::Use::alone) {
    TRY_ASSIGN(auto acquired, FileLock::acquire(lock_file));
    lock.emplace(std::move(acquired));
  }
  TRY_ASSIGN(const auto kind, inspect_sqlite_file(options.file));
  if (kind == SqliteFileKind::absent) {
    TRY(make_sqlite_file(options.file));
  }
  auto database = open_database(options, *sealer);
  if (!database.has_value()) {
    if (kind == SqliteFileKind::absent) {
      remove_file(options.file);
    }
    return std::move(database).error();
  }
  if (lock) {
    database->lock.emplace(*std::move(lock));
  }
  database->caching = options.use == SqliteOptions::Use::alone ? Caching::on : Caching::off;
  return std::unique_ptr<Store>(
      std::make_unique<SqlStore>(*std::move(database), std::move(sealer), log, *options.metrics));
}

}  // namespace bramley
