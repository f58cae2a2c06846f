// Challenges and enrollment tokens: the secrets that earn a certificate.

#include "server/store/sql_challenges.h"

#include "server/store/page_cursor.h"
#include "server/store/sql_certificates.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct InsertChallenge {
  using In = SqlTypes<SqlText, SqlNumber, SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO challenges (fingerprint, expires_at, only_udid, only_serial) "
      "VALUES (:fingerprint, :expires, :udid, :serial)";
};
struct DeleteChallenge {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM challenges WHERE fingerprint = :fingerprint";
};
struct RenewalOfChallenge {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT renewal_of FROM challenges WHERE fingerprint = :fingerprint";
};
struct ExpiredChallenges {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT fingerprint FROM challenges WHERE expires_at <= :now LIMIT :limit";
};

constexpr std::string_view token_columns =
    "SELECT token_key, id, note, created_at, expires_at, max_uses, uses, only_udid, only_serial "
    "FROM enrollment_tokens ";
using TokenColumns = SqlTypes<SqlNumber, SqlText, SqlText, SqlNumber, SqlNumber, SqlNumber,
                              SqlNumber, SqlText, SqlText>;
struct FindToken {
  using In = SqlTypes<SqlText>;
  using Out = TokenColumns;
  inline static const std::string sql =
      std::string(token_columns) + "WHERE fingerprint = :fingerprint";
};
struct ListTokens {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = TokenColumns;
  inline static const std::string sql =
      std::string(token_columns) + "WHERE token_key < :before ORDER BY token_key DESC LIMIT :limit";
};
struct TokenExists {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT token_key FROM enrollment_tokens WHERE id = :id OR fingerprint = :fingerprint "
      "LIMIT 1";
};
struct InsertToken {
  using In = SqlTypes<SqlText, SqlText, SqlText, SqlNumber, SqlNumber, SqlNumber, SqlNumber,
                      SqlText, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO enrollment_tokens (id, fingerprint, note, created_at, expires_at, max_uses, "
      "uses, only_udid, only_serial) VALUES (:id, :fingerprint, :note, :created, :expires, "
      ":max_uses, :uses, :udid, :serial)";
};
struct CountUse {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollment_tokens SET uses = uses + 1 WHERE token_key = :key";
};
struct DeleteToken {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM enrollment_tokens WHERE id = :id";
};
struct TokensThatAreOver {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT id FROM enrollment_tokens WHERE expires_at <= :now "
      "OR (max_uses > 0 AND uses >= max_uses) LIMIT :limit";
};

struct NumberedToken {
  SqlNumber key;
  EnrollmentToken token;
};
NumberedToken token_of(TokenColumns row) {
  auto& [key, id, note, created_at, expires_at, max_uses, uses, udid, serial] = row;
  return {key,
          {.id = std::move(id),
           .note = std::move(note),
           .created_at = time_of(created_at),
           .expires_at = time_of(expires_at),
           .max_uses = max_uses,
           .uses = uses,
           .device = {std::move(udid), std::move(serial)}}};
}

bool is_over(const EnrollmentToken& token, Timestamp now) {
  return token.expires_at <= now || (token.max_uses > 0 && token.uses >= token.max_uses);
}

template <class Select>
std::vector<std::string> names_of(WriteTransaction& transaction, Timestamp now, SqlNumber limit) {
  std::vector<std::string> names;
  transaction.each<Select>([&](SqlTypes<SqlText> row) { names.push_back(std::get<0>(row)); },
                           seconds_of(now), limit);
  return names;
}

}  // namespace

Status insert_challenge(WriteTransaction& transaction, const std::string& fingerprint,
                        const ChallengeTerms& terms) {
  if (transaction.one<SelectChallenge>(fingerprint)) {
    return recorded_already("challenge");
  }
  transaction.run<InsertChallenge>(fingerprint, seconds_of(terms.expires_at), terms.device.udid,
                                   terms.device.serial_number);
  return {};
}

SqlNumber renewal_of_challenge(WriteTransaction& transaction, const std::string& fingerprint) {
  const auto row = transaction.one<RenewalOfChallenge>(fingerprint);
  return row ? std::get<0>(*row) : 0;
}

void spend_challenge(WriteTransaction& transaction, const std::string& fingerprint) {
  transaction.run<DeleteChallenge>(fingerprint);
}

Status SqlCertificates::add_challenge(const Fingerprint& challenge, const ChallengeTerms& terms,
                                      Timestamp /*now*/) {
  return context_.writer.write("add challenge", [&](WriteTransaction& transaction) {
    return insert_challenge(transaction, challenge.hex(), terms);
  });
}

Result<ChallengeTerms> SqlCertificates::check_challenge(const Fingerprint& challenge,
                                                        Timestamp now) const {
  TRY_ASSIGN(auto terms, context_.readers.read("check challenge", [&](SqlConnection& sql) {
    return Result(find_challenge(sql, challenge.hex(), now));
  }));
  if (!terms) {
    return challenge_refused();
  }
  return *std::move(terms);
}

Status SqlCertificates::add_enrollment_token(const Fingerprint& secret,
                                             const EnrollmentToken& token) {
  return context_.writer.write(
      "add enrollment token", [&](WriteTransaction& transaction) -> Status {
        if (transaction.one<TokenExists>(token.id, secret.hex())) {
          return recorded_already("enrollment token");
        }
        transaction.run<InsertToken>(token.id, secret.hex(), token.note,
                                     seconds_of(token.created_at), seconds_of(token.expires_at),
                                     token.max_uses, token.uses, token.device.udid,
                                     token.device.serial_number);
        return {};
      });
}

Status SqlCertificates::redeem_enrollment_token(const Fingerprint& secret,
                                                const Fingerprint& challenge,
                                                Timestamp challenge_expires_at, Timestamp now) {
  return context_.writer.write(
      "redeem enrollment token", [&](WriteTransaction& transaction) -> Status {
        auto row = transaction.one<FindToken>(secret.hex());
        if (!row) {
          return token_refused();
        }
        const auto [key, token] = token_of(*std::move(row));
        if (is_over(token, now)) {
          return token_refused();
        }
        transaction.run<CountUse>(key);
        return insert_challenge(transaction, challenge.hex(), {challenge_expires_at, token.device});
      });
}

Result<Page<EnrollmentToken>> SqlCertificates::list_enrollment_tokens(
    const PageRequest& page) const {
  PageCursor before{0, std::numeric_limits<std::int64_t>::max()};
  if (!page.after.empty()) {
    TRY_ASSIGN(before, parse_cursor(page.after));
  }
  const auto limit = page_limit(page);
  std::vector<NumberedToken> rows;
  TRY(context_.readers.read("list enrollment tokens", [&](SqlConnection& sql) -> Status {
    sql.each<ListTokens>([&](TokenColumns row) { rows.push_back(token_of(std::move(row))); },
                         before.second, static_cast<SqlNumber>(limit + 1));
    return {};
  }));
  auto cut = cut_page(std::move(rows), limit,
                      [](const NumberedToken& last) { return format_cursor({0, last.key}); });
  Page<EnrollmentToken> result;
  result.next = std::move(cut.next);
  for (auto& row : cut.items) {
    result.items.push_back(std::move(row.token));
  }
  return result;
}

Status SqlCertificates::delete_enrollment_token(std::string_view id) {
  const std::string name(id);
  return context_.writer.write("delete enrollment token",
                               [&](WriteTransaction& transaction) -> Status {
                                 if (transaction.run<DeleteToken>(name) == 0) {
                                   return no_enrollment_token(name);
                                 }
                                 return {};
                               });
}

Result<std::int64_t> SqlCertificates::sweep(Timestamp now, std::int64_t limit) {
  std::int64_t removed = 0;
  TRY(context_.writer.write("sweep", [&](WriteTransaction& transaction) -> Status {
    removed = 0;
    for (const auto& challenge : names_of<ExpiredChallenges>(transaction, now, limit)) {
      removed += transaction.run<DeleteChallenge>(challenge);
    }
    for (const auto& id : names_of<TokensThatAreOver>(transaction, now, limit - removed)) {
      removed += transaction.run<DeleteToken>(id);
    }
    return {};
  }));
  return removed;
}

}  // namespace bramley
