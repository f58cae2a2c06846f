// The reading half of SqlEnrollments.

#include "server/store/sql_enrollment_filter.h"
#include "server/store/sql_enrollments.h"

namespace bramley {
namespace {

struct FindEnrollment {
  using In = SqlTypes<SqlText>;
  using Out = EnrollmentColumns;
  inline static const std::string sql = std::string(enrollment_columns) + "WHERE e.id = :id";
};

struct ListedColumns {
  using Row = EnrollmentColumns;
  static constexpr std::string_view select = enrollment_columns;
};

struct TopicsInUse {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlText, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT topic, COUNT(*) FROM enrollments WHERE state = :enrolled AND type IN (:one, :other) "
      "GROUP BY topic ORDER BY topic";
};

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
    std::vector<Enrollment> found;
    each_filtered<ListedColumns>(
        sql, filter, page.after, static_cast<SqlNumber>(page_limit(page) + 1),
        [&](EnrollmentColumns row) { found.push_back(enrollment_of(std::move(row))); });
    return Result(std::move(found));
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
