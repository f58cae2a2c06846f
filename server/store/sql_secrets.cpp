#include "server/store/sql_secrets.h"

namespace bramley {
namespace {

struct ReplaceSecret {
  using In = SqlTypes<SqlText, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollment_secrets SET sealed = {binary:sealed} "
      "WHERE enrollment_key = :enrollment AND kind = :kind";
};
struct InsertSecret {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO enrollment_secrets (enrollment_key, kind, sealed) "
      "VALUES (:enrollment, :kind, {binary:sealed})";
};
struct DeleteSecret {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM enrollment_secrets WHERE enrollment_key = :enrollment AND kind = :kind";
};
struct DeleteSecrets {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM enrollment_secrets WHERE enrollment_key = :enrollment";
};
struct SecretOf {
  using In = SqlTypes<SqlText, SqlNumber>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT s.sealed FROM enrollments e "
      "JOIN enrollment_secrets s ON s.enrollment_key = e.enrollment_key "
      "WHERE e.id = :id AND s.kind = :kind";
};

std::string_view kind_name(SecretKind kind) {
  switch (kind) {
    case SecretKind::authenticate:
      return "authenticate";
    case SecretKind::token_update:
      return "token_update";
    case SecretKind::unlock_token:
      return "unlock_token";
    case SecretKind::bootstrap_token:
      return "bootstrap_token";
    case SecretKind::auth_token:
      return "auth_token";
  }
  return "unknown";
}

}  // namespace

std::string secret_context(SecretKind kind, std::string_view enrollment_id) {
  return std::string(kind_name(kind)).append("/").append(enrollment_id);
}

void put_secret(WriteTransaction& transaction, SqlNumber enrollment_key, SecretKind kind,
                const std::string& sealed) {
  if (transaction.run<ReplaceSecret>(sealed, enrollment_key, number_of(kind)) == 0) {
    transaction.run<InsertSecret>(enrollment_key, number_of(kind), sealed);
  }
}

void forget_secret(WriteTransaction& transaction, SqlNumber enrollment_key, SecretKind kind) {
  transaction.run<DeleteSecret>(enrollment_key, number_of(kind));
}

void forget_secrets(WriteTransaction& transaction, SqlNumber enrollment_key) {
  transaction.run<DeleteSecrets>(enrollment_key);
}

Result<std::optional<SecretBytes>> read_secret(const SqlContext& context,
                                               const std::string& enrollment_id, SecretKind kind) {
  TRY_ASSIGN(const auto row, context.readers.read("read a secret", [&](SqlConnection& sql) {
    return Result(sql.one<SecretOf>(enrollment_id, number_of(kind)));
  }));
  std::optional<SecretBytes> secret;
  if (row) {
    TRY_ASSIGN(secret,
               open_column(context.sealer, std::get<0>(*row), secret_context(kind, enrollment_id)));
  }
  return secret;
}

}  // namespace bramley
