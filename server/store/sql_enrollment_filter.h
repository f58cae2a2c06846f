#pragma once

#include "server/store/page_cursor.h"
#include "server/store/sql_connection.h"
#include "server/store/sql_enrollment_rows.h"

namespace bramley {

// Lists of enrollments: the filters of EnrollmentFilter over the table `e`, whatever is selected.
// Private to the folder.

// The filters, each of them off when its parameter says so; then the page.
inline constexpr std::string_view filtered_page =
    " AND (:any_state = 1 OR e.state = :state) AND (:any_type = 1 OR e.type = :type) "
    "AND (:any_serial = 1 OR e.serial_number = :serial) "
    "AND (:any_device = 1 OR e.device_id = :device) "
    "AND e.id > :after ORDER BY e.id LIMIT :limit";
// `Columns` names what is selected (`select`) and its types (`Row`).
template <class Columns, class Narrowing>
struct ListFiltered {
  using In = SqlTypes<typename Narrowing::Value, SqlNumber, SqlNumber, SqlNumber, SqlNumber,
                      SqlNumber, SqlText, SqlNumber, SqlText, SqlText, SqlNumber>;
  using Out = typename Columns::Row;
  inline static const std::string sql = std::string(Columns::select)
                                            .append("WHERE ")
                                            .append(Narrowing::condition)
                                            .append(filtered_page);
};
// The most selective condition comes first, on a column with an index.
struct ByDevice {
  using Value = SqlText;
  static constexpr std::string_view condition = "e.device_id = :narrow";
};
struct BySerial {
  using Value = SqlText;
  static constexpr std::string_view condition = "e.serial_number = :narrow";
};
struct ByState {
  using Value = SqlNumber;
  static constexpr std::string_view condition = "e.state = :narrow";
};
struct ByNothing {
  using Value = SqlText;
  static constexpr std::string_view condition = "e.id > :narrow";
};

template <class Columns, class Narrowing, class OnRow>
void each_narrowed(SqlConnection& sql, typename Narrowing::Value narrow,
                   const EnrollmentFilter& filter, std::string_view after, SqlNumber limit,
                   const OnRow& on_row) {
  sql.each<ListFiltered<Columns, Narrowing>>(
      on_row, std::move(narrow), SqlNumber{!filter.state},
      number_of(filter.state.value_or(EnrollmentState::pending)), SqlNumber{!filter.type},
      number_of(filter.type.value_or(EnrollmentType::device)),
      SqlNumber{filter.serial_number.empty()}, filter.serial_number,
      SqlNumber{filter.device_id.empty()}, filter.device_id, std::string(after), limit);
}

template <class Columns, class OnRow>
void each_filtered(SqlConnection& sql, const EnrollmentFilter& filter, std::string_view after,
                   SqlNumber limit, const OnRow& on_row) {
  if (!filter.device_id.empty()) {
    each_narrowed<Columns, ByDevice>(sql, filter.device_id, filter, after, limit, on_row);
  } else if (!filter.serial_number.empty()) {
    each_narrowed<Columns, BySerial>(sql, filter.serial_number, filter, after, limit, on_row);
  } else if (filter.state) {
    each_narrowed<Columns, ByState>(sql, number_of(*filter.state), filter, after, limit, on_row);
  } else {
    each_narrowed<Columns, ByNothing>(sql, std::string(after), filter, after, limit, on_row);
  }
}

}  // namespace bramley
