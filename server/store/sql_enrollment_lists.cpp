// The reading half of SqlEnrollments.

#include "server/store/page_cursor.h"
#include "server/store/sql_enrollment_rows.h"
#include "server/store/sql_enrollments.h"

namespace bramley {
namespace {

struct FindEnrollment {
  using In = SqlTypes<SqlText>;
  using Out = EnrollmentColumns;
  inline static const std::string sql = std::string(enrollment_columns) + "WHERE e.id = :id";
};

// The filters, each of them off when its parameter says so; then the page.
constexpr std::string_view filtered_page =
    " AND (:any_state = 1 OR e.state = :state) AND (:any_type = 1 OR e.type = :type) "
    "AND (:any_serial = 1 OR e.serial_number = :serial) "
    "AND (:any_device = 1 OR e.device_id = :device) "
    "AND e.id > :after ORDER BY e.id LIMIT :limit";
template <class Narrowing>
struct ListEnrollments {
  using In = SqlTypes<typename Narrowing::Value, SqlNumber, SqlNumber, SqlNumber, SqlNumber,
                      SqlNumber, SqlText, SqlNumber, SqlText, SqlText, SqlNumber>;
  using Out = EnrollmentColumns;
  inline static const std::string sql = std::string(enrollment_columns)
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

struct TopicsInUse {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlText, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT topic, COUNT(*) FROM enrollments WHERE state = :enrolled AND type IN (:one, :other) "
      "GROUP BY topic ORDER BY topic";
};

template <class Narrowing>
std::vector<Enrollment> run_list(SqlConnection& sql, typename Narrowing::Value narrow,
                                 const EnrollmentFilter& filter, const PageRequest& page) {
  std::vector<Enrollment> items;
  sql.each<ListEnrollments<Narrowing>>(
      [&](EnrollmentColumns row) { items.push_back(enrollment_of(std::move(row))); },
      std::move(narrow), SqlNumber{!filter.state},
      number_of(filter.state.value_or(EnrollmentState::pending)), SqlNumber{!filter.type},
      number_of(filter.type.value_or(EnrollmentType::device)),
      SqlNumber{filter.serial_number.empty()}, filter.serial_number,
      SqlNumber{filter.device_id.empty()}, filter.device_id, page.after,
      static_cast<SqlNumber>(page_limit(page) + 1));
  return items;
}

std::vector<Enrollment> run_narrowest(SqlConnection& sql, const EnrollmentFilter& filter,
                                      const PageRequest& page) {
  if (!filter.device_id.empty()) {
    return run_list<ByDevice>(sql, filter.device_id, filter, page);
  }
  if (!filter.serial_number.empty()) {
    return run_list<BySerial>(sql, filter.serial_number, filter, page);
  }
  if (filter.state) {
    return run_list<ByState>(sql, number_of(*filter.state), filter, page);
  }
  return run_list<ByNothing>(sql, page.after, filter, page);
}

}  // namespace

Result<std::optional<Enrollment>> SqlEnrollments::find(std::string_view id) const {
  TRY_ASSIGN(auto row, context_.readers.read("find enrollment", [&](SqlConnection& sql) {
    return Result(sql.one<FindEnrollment>(std::string(id)));
  }));
  std::optional<Enrollment> enrollment;
  if (row) {
    enrollment = enrollment_of(*std::move(row));
    if (const auto seen = context_.seen.find(enrollment->id.value())) {
      enrollment->last_seen_at = seen;
    }
  }
  return enrollment;
}

Result<Page<Enrollment>> SqlEnrollments::list(const EnrollmentFilter& filter,
                                              const PageRequest& page) const {
  TRY_ASSIGN(auto items, context_.readers.read("list enrollments", [&](SqlConnection& sql) {
    return Result(run_narrowest(sql, filter, page));
  }));
  for (auto& enrollment : items) {
    if (const auto seen = context_.seen.find(enrollment.id.value())) {
      enrollment.last_seen_at = seen;
    }
  }
  return cut_page(std::move(items), page_limit(page),
                  [](const Enrollment& last) { return last.id.value(); });
}

Result<std::vector<EnrollmentStore::TopicUse>> SqlEnrollments::topics_in_use() const {
  return context_.readers.read("count topics", [&](SqlConnection& sql) {
    std::vector<TopicUse> uses;
    sql.each<TopicsInUse>(
        [&](TopicsInUse::Out row) {
          uses.push_back({std::move(std::get<0>(row)), std::get<1>(row)});
        },
        number_of(EnrollmentState::enrolled), number_of(EnrollmentType::device),
        number_of(EnrollmentType::user_enrollment_device));
    return Result(std::move(uses));
  });
}

}  // namespace bramley
