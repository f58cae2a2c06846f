#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "server/store/sql_connection.h"
#include "server/store/sql_dialect.h"

namespace bramley {

class SqliteDialect : public SqlDialect {
 public:
  [[nodiscard]] Error error_of(const soci::soci_error& error) const override;

 protected:
  [[nodiscard]] std::string replacement(std::string_view word) const override;
};

enum class SqliteAccess { write, read_only };

// unavailable: it cannot be opened; malformed: a path that SOCI cannot be told.
Result<std::unique_ptr<SqlConnection>> connect_sqlite(const std::filesystem::path& file,
                                                      const std::string& vfs, SqliteAccess access,
                                                      const SqliteDialect& dialect);

}  // namespace bramley
