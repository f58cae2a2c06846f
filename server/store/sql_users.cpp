// The part of SqlEnrollments that is about users' authentication, and about devices that are to go.

#include "server/store/sql_users.h"

#include "server/store/sql_enrollment_rows.h"
#include "server/store/sql_enrollments.h"
#include "server/store/sql_secrets.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct ReplaceChallenge {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE user_challenges SET nonce = :nonce, expires_at = :expires "
      "WHERE enrollment_key = :key";
};
struct InsertChallenge {
  using In = SqlTypes<SqlNumber, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO user_challenges (enrollment_key, nonce, expires_at) "
      "VALUES (:key, :nonce, :expires)";
};
struct DeleteChallenge {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM user_challenges WHERE enrollment_key = :key";
};
struct ChallengeOf {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber, SqlText, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT c.enrollment_key, c.nonce, c.expires_at FROM enrollments e "
      "JOIN user_challenges c ON c.enrollment_key = e.enrollment_key WHERE e.id = :id";
};
struct SetDismissal {
  using In = SqlTypes<SqlNumber, SqlText, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET dismissal = :dismissal WHERE id = :id AND type IN (:one, :other)";
};
struct DismissedDevices {
  using In = SqlTypes<>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql = "SELECT id FROM enrollments WHERE dismissal <> 0";
};
struct DismissalOf {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql = "SELECT dismissal FROM enrollments WHERE id = :id";
};

Status fill_dismissals(const SqlContext& context) {
  std::vector<std::string> devices;
  TRY(context.readers.read("find dismissed devices", [&](SqlConnection& sql) -> Status {
    devices.clear();
    sql.each<DismissedDevices>([&](auto row) { devices.push_back(std::move(std::get<0>(row))); });
    return {};
  }));
  context.dismissals.fill(devices);
  return {};
}

}  // namespace

void put_challenge(WriteTransaction& transaction, SqlNumber enrollment_key,
                   const std::string& nonce, SqlNumber expires_at) {
  if (transaction.run<ReplaceChallenge>(nonce, expires_at, enrollment_key) == 0) {
    transaction.run<InsertChallenge>(enrollment_key, nonce, expires_at);
  }
}

void forget_challenge(WriteTransaction& transaction, SqlNumber enrollment_key) {
  transaction.run<DeleteChallenge>(enrollment_key);
}

Result<std::optional<std::string>> SqlEnrollments::user_nonce(const EnrollmentId& id,
                                                              Timestamp now) const {
  TRY_ASSIGN(auto row, context_.readers.read("find a user's challenge", [&](SqlConnection& sql) {
    return Result(sql.one<ChallengeOf>(id.value()));
  }));
  std::optional<std::string> nonce;
  if (row && seconds_of(now) < std::get<2>(*row)) {
    nonce = std::move(std::get<1>(*row));
  }
  return nonce;
}

Status SqlEnrollments::spend_user_nonce(const EnrollmentId& id, const std::string& nonce) {
  return context_.writer.write("spend a user's challenge",
                               [&](WriteTransaction& transaction) -> Status {
                                 const auto row = transaction.one<ChallengeOf>(id.value());
                                 if (!row || std::get<1>(*row) != nonce) {
                                   return challenge_spent(id.value());
                                 }
                                 forget_challenge(transaction, std::get<0>(*row));
                                 return {};
                               });
}

Result<std::optional<SecretBytes>> SqlEnrollments::auth_token(const EnrollmentId& id) const {
  return read_secret(context_, id.value(), SecretKind::auth_token);
}

Status SqlEnrollments::set_dismissal(std::string_view device_id, Dismissal dismissal) {
  const std::string id(device_id);
  if (dismissal != Dismissal::none) {
    context_.dismissals.add(id);
  }
  return context_.writer.write("set dismissal", [&](WriteTransaction& transaction) -> Status {
    const auto changed =
        transaction.run<SetDismissal>(number_of(dismissal), id, number_of(EnrollmentType::device),
                                      number_of(EnrollmentType::user_enrollment_device));
    return changed == 0 ? Status(no_device(id)) : Status();
  });
}

Result<Dismissal> SqlEnrollments::dismissal(std::string_view device_id) const {
  auto known = context_.dismissals.may_be_dismissed(device_id);
  if (!known) {
    TRY(fill_dismissals(context_));
    known = context_.dismissals.may_be_dismissed(device_id);
  }
  if (known == false) {
    return Dismissal::none;
  }
  TRY_ASSIGN(const auto row, context_.readers.read("find dismissal", [&](SqlConnection& sql) {
    return Result(sql.one<DismissalOf>(std::string(device_id)));
  }));
  return row ? enum_of<Dismissal>(std::get<0>(*row)) : Dismissal::none;
}

}  // namespace bramley
