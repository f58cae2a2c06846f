#include "server/store/sql_schema.h"

#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view tables[] = {"properties",
                                       "enrollments",
                                       "sightings",
                                       "enrollment_secrets",
                                       "commands",
                                       "command_bodies",
                                       "deliveries",
                                       "reports",
                                       "queued",
                                       "parked",
                                       "expiring",
                                       "settled",
                                       "expansions",
                                       "expansion_cleared",
                                       "bindings",
                                       "challenges",
                                       "issued_certificates",
                                       "enrollment_tokens",
                                       "device_facts",
                                       "inventory_schedule",
                                       "api_tokens"};

}  // namespace

void migrate(SqlConnection& sql, int version) {
  for (const auto& step : all_migrations()) {
    if (step.version <= version) {
      continue;
    }
    for (const auto statement : step.statements) {
      sql.execute(statement);
    }
    sql.execute("DELETE FROM schema_version");
    sql.execute("INSERT INTO schema_version (version) VALUES (" + std::to_string(step.version) +
                ")");
  }
}

int schema_version(SqlConnection& sql) {
  return static_cast<int>(sql.number_of_query("SELECT version FROM schema_version"));
}

void touch_tables(SqlConnection& sql) {
  for (const auto table : tables) {
    (void)sql.number_of_query("SELECT COUNT(*) FROM (SELECT 1 FROM " + std::string(table) +
                              " LIMIT 1) AS first_row");
  }
}

}  // namespace bramley
