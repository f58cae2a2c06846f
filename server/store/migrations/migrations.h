#pragma once

#include <span>
#include <string_view>

namespace bramley {

// One step of the schema's history: its number and its statements, portable as sql_dialect.h says.
// A step that was released is never edited; what it got wrong, the next one mends.
struct Migration {
  int version;
  std::span<const std::string_view> statements;
};

// Every step, oldest first, without gaps.
std::span<const Migration> all_migrations();
// The version this program reads and writes.
int newest_schema_version();

extern const std::span<const std::string_view> migration_0001;
extern const std::span<const std::string_view> migration_0002;
extern const std::span<const std::string_view> migration_0003;
extern const std::span<const std::string_view> migration_0004;
extern const std::span<const std::string_view> migration_0005;
extern const std::span<const std::string_view> migration_0006;
extern const std::span<const std::string_view> migration_0007;
extern const std::span<const std::string_view> migration_0008;
extern const std::span<const std::string_view> migration_0009;
extern const std::span<const std::string_view> migration_0010;
extern const std::span<const std::string_view> migration_0011;
extern const std::span<const std::string_view> migration_0012;

}  // namespace bramley
