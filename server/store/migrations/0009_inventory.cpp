#include "server/store/migrations/migrations.h"

namespace bramley {
namespace {

constexpr std::string_view statements[] = {
    // What is known of a device beside its check-ins, as fact_codec.h writes it. Apart from the
    // enrollment: these rows are rewritten with every answer.
    "CREATE TABLE device_facts (enrollment_key {key}, facts {bytes} NOT NULL)",
    // When a device is asked for its facts again, and by which pair of commands it was asked last
    // (empty: never).
    R"(CREATE TABLE inventory_schedule (
      enrollment_key {key},
      due_at {number} NOT NULL,
      asked {text} NOT NULL))",
    R"(INSERT INTO inventory_schedule (enrollment_key, due_at, asked)
      SELECT enrollment_key, 0, '' FROM enrollments WHERE state = 1 AND id = device_id)",
    "CREATE INDEX inventory_by_time ON inventory_schedule (due_at, enrollment_key)",
};

}  // namespace

const std::span<const std::string_view> migration_0009 = statements;

}  // namespace bramley
