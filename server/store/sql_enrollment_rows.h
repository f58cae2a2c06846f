#pragma once

#include "server/store/enrollment_store.h"
#include "server/store/sql_values.h"

namespace bramley {

// The columns of an enrollment as every query reads them, and the value they make.
inline constexpr std::string_view enrollment_columns =
    "SELECT e.id, e.device_id, e.type, e.state, e.push_state, e.dismissal, e.topic, e.push_magic, "
    "e.push_token, "
    "e.serial_number, e.device_name, e.model, e.model_name, e.product_name, e.os_version, "
    "e.build_version, e.user_short_name, e.user_long_name, e.awaiting_configuration, "
    "e.token_update_tally, e.authenticated_at, e.enrolled_at, e.checked_out_at, s.seen_at, "
    "e.certificate FROM enrollments e "
    "LEFT JOIN sightings s ON s.enrollment_key = e.enrollment_key ";

using EnrollmentColumns =
    SqlTypes<SqlText, SqlText, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlText, SqlText,
             SqlText, SqlText, SqlText, SqlText, SqlText, SqlText, SqlText, SqlText, SqlText,
             SqlText, SqlNumber, SqlNumber, std::optional<SqlNumber>, std::optional<SqlNumber>,
             std::optional<SqlNumber>, std::optional<SqlNumber>, std::optional<SqlText>>;

Enrollment enrollment_of(EnrollmentColumns row);

// What writers need to know of a row. `Sql` is a connection or a transaction.
struct EnrollmentRow {
  SqlNumber key;
  EnrollmentState state;
  std::string device_id;
};
struct SelectEnrollmentRow {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber, SqlNumber, SqlText>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key, state, device_id FROM enrollments WHERE id = :id";
};
template <class Sql>
std::optional<EnrollmentRow> find_enrollment_row(Sql& sql, const std::string& id) {
  auto row = sql.template one<SelectEnrollmentRow>(id);
  if (!row) {
    return std::nullopt;
  }
  return EnrollmentRow{std::get<0>(*row), enum_of<EnrollmentState>(std::get<1>(*row)),
                       std::move(std::get<2>(*row))};
}

}  // namespace bramley
