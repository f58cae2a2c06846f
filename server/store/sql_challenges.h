#pragma once

#include <optional>
#include <string>

#include "server/store/certificate_store.h"
#include "server/store/sql_values.h"
#include "server/store/sql_writer.h"

namespace bramley {

struct SelectChallenge {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber, SqlText, SqlText>;
  static constexpr std::string_view sql =
      "SELECT expires_at, only_udid, only_serial FROM challenges WHERE fingerprint = :fingerprint";
};
// Empty: unknown, spent or expired. `Sql` is a connection or a transaction.
template <class Sql>
std::optional<ChallengeTerms> find_challenge(Sql& sql, const std::string& fingerprint,
                                             Timestamp now) {
  auto row = sql.template one<SelectChallenge>(fingerprint);
  if (!row || time_of(std::get<0>(*row)) <= now) {
    return std::nullopt;
  }
  return ChallengeTerms{time_of(std::get<0>(*row)),
                        {std::move(std::get<1>(*row)), std::move(std::get<2>(*row))}};
}
// conflict: it is there.
Status insert_challenge(WriteTransaction& transaction, const std::string& fingerprint,
                        const ChallengeTerms& terms);
// The enrollment whose renewal it is for; 0: none.
SqlNumber renewal_of_challenge(WriteTransaction& transaction, const std::string& fingerprint);
void spend_challenge(WriteTransaction& transaction, const std::string& fingerprint);

}  // namespace bramley
