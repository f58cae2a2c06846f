#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/result.h"

namespace bramley {

// "Brml": what marks a SQLite file as ours (PRAGMA application_id).
inline constexpr std::int32_t sqlite_application_id = 0x42726d6c;

enum class SqliteFileKind { absent, ours };

// Looks at the file without opening it as a database and without writing anything.
// absent: no such file, an empty one, or one whose making was cut short. conflict: a file of
// something else. unavailable: it, or its directory, cannot be read, or it is cut off. Each error
// names the file and has a hint.
Result<SqliteFileKind> inspect_sqlite_file(const std::filesystem::path& file);

struct SqliteSchemaState {
  int version = 0;  // of the file; 0: nothing is in it yet
  int newest = 0;   // that this program reads and writes
};
// Reads which schema a file of ours has, beside a server that may be using it, and leaves nothing
// behind. `file` is one that inspect_sqlite_file calls ours. unavailable: it cannot be opened or is
// damaged.
Result<SqliteSchemaState> sqlite_schema_state(const std::filesystem::path& file);

// Makes the file, empty and readable by its owner only, so that what SQLite puts beside it is too.
// unavailable: it cannot be made.
Status make_sqlite_file(const std::filesystem::path& file);

}  // namespace bramley
