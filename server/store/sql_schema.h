#pragma once

#include <optional>
#include <string>

#include "server/store/sql_connection.h"
#include "server/store/sql_writer.h"

namespace bramley {

// The first three throw soci::soci_error, as a connection does; the caller has the transaction.

// Brings the schema from `version` (0: an empty database) to ours and notes its number.
void migrate(SqlConnection& sql, int version);
// Only for a database that has our tables.
int schema_version(SqlConnection& sql);
// Reads from every table, so that one that is missing or has lost its root is noticed at the start.
void touch_tables(SqlConnection& sql);

// Single facts about the whole database.
struct SelectProperty {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql = "SELECT value FROM properties WHERE name = :name";
};
template <class Sql>
std::optional<std::string> read_property(Sql& sql, const std::string& name) {
  auto row = sql.template one<SelectProperty>(name);
  return row ? std::optional(std::move(std::get<0>(*row))) : std::nullopt;
}
struct UpdateProperty {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "UPDATE properties SET value = :value WHERE name = :name";
};
struct InsertProperty {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO properties (value, name) VALUES (:value, :name)";
};
template <class Sql>
void write_property(Sql& sql, const std::string& name, const std::string& value) {
  if (sql.template run<UpdateProperty>(value, name) == 0) {
    sql.template run<InsertProperty>(value, name);
  }
}

}  // namespace bramley
