// The part of SqlEnrollments that is about those that are removed.

#include <limits>

#include "server/store/command_queue.h"
#include "server/store/sql_enrollment_changes.h"
#include "server/store/sql_enrollment_rows.h"
#include "server/store/sql_enrollments.h"
#include "server/store/sql_fact_rows.h"
#include "server/store/sql_queue.h"
#include "server/store/sql_secrets.h"
#include "server/store/sql_users.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

constexpr SqlNumber answers_at_once = 500;

struct AnyExpansion {
  using In = SqlTypes<>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql = "SELECT command_key FROM expansions LIMIT 1";
};
struct TypeAndDismissal {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT type, dismissal FROM enrollments WHERE enrollment_key = :key";
};
struct SomeAnswers {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT command_key FROM deliveries WHERE enrollment_key = :key LIMIT :limit";
};
struct DeletePush {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM push_schedule WHERE enrollment_key = :key";
};
struct DeleteRenewal {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM renewals WHERE enrollment_key = :key";
};
struct DeleteSighting {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM sightings WHERE enrollment_key = :key";
};
struct DeleteEnrollment {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM enrollments WHERE enrollment_key = :key";
};

Result<std::vector<EnrollmentMember>> who_leaves(WriteTransaction& transaction,
                                                 const std::string& id) {
  const auto known = find_enrollment_row(transaction, id);
  if (!known) {
    return no_enrollment(id);
  }
  if (known->state == EnrollmentState::enrolled) {
    return still_enrolled(id);
  }
  const auto [type, dismissal] = transaction.one<TypeAndDismissal>(known->key).value();
  if (enum_of<Dismissal>(dismissal) == Dismissal::block) {
    return removal_of_blocked(id);
  }
  // Its list of targets names keys, which are used again.
  if (transaction.one<AnyExpansion>()) {
    return removal_must_wait(id);
  }
  return known->device_id == id ? family_of(transaction, id)
                                : std::vector<EnrollmentMember>{{known->key, id}};
}

// At most `limit`; how many.
SqlNumber forget_answers(WriteTransaction& transaction, SqlNumber key, SqlNumber limit) {
  std::vector<SqlNumber> commands;
  transaction.each<SomeAnswers>([&](auto row) { commands.push_back(std::get<0>(row)); }, key,
                                limit);
  for (const auto command : commands) {
    forget_delivery(transaction, command, key, std::numeric_limits<SqlNumber>::max());
  }
  return static_cast<SqlNumber>(commands.size());
}

void delete_rows(WriteTransaction& transaction, SqlNumber key) {
  forget_secrets(transaction, key);
  forget_challenge(transaction, key);
  transaction.run<DeletePush>(key);
  transaction.run<DeleteRenewal>(key);
  forget_facts(transaction, key);
  unschedule_inventory(transaction, key);
  transaction.run<DeleteSighting>(key);
  transaction.run<DeleteEnrollment>(key);
}

}  // namespace

Status SqlEnrollments::remove(std::string_view id, Timestamp now) {
  const std::string name(id);
  bool more = true;
  while (more) {
    TRY(context_.writer.write("remove enrollment", [&](WriteTransaction& transaction) -> Status {
      TRY_ASSIGN(const auto leaving, who_leaves(transaction, name));
      auto left = answers_at_once;
      for (const auto& member : leaving) {
        clear_queue(transaction, member.key, CommandState::cancelled, seconds_of(now));
        left -= forget_answers(transaction, member.key, left);
        transaction.touch(member.id);
      }
      more = left == 0;
      if (!more) {
        for (const auto& member : leaving) {
          delete_rows(transaction, member.key);
        }
      }
      return {};
    }));
  }
  return {};
}

}  // namespace bramley
