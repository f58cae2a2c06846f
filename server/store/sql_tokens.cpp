#include "server/store/sql_tokens.h"

#include <limits>

#include "core/base/words.h"
#include "server/store/page_cursor.h"
#include "server/store/sql_values.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

constexpr std::string_view columns =
    "SELECT token_key, id, name, role, request_types, created_at, created_by_id, created_by_name, "
    "expires_at, last_used_at, revoked_at FROM api_tokens ";
using Columns = SqlTypes<SqlNumber, SqlText, SqlText, SqlNumber, SqlText, SqlNumber, SqlText,
                         SqlText, SqlNumber, std::optional<SqlNumber>, std::optional<SqlNumber>>;
struct FindApiToken {
  using In = SqlTypes<SqlText>;
  using Out = Columns;
  inline static const std::string sql = std::string(columns) + "WHERE fingerprint = :fingerprint";
};
struct ShowApiToken {
  using In = SqlTypes<SqlText>;
  using Out = Columns;
  inline static const std::string sql = std::string(columns) + "WHERE id = :id";
};
struct ListApiTokens {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = Columns;
  inline static const std::string sql =
      std::string(columns) + "WHERE token_key < :before ORDER BY token_key DESC LIMIT :limit";
};
struct InsertApiToken {
  using In = SqlTypes<SqlText, SqlText, SqlText, SqlNumber, SqlText, SqlNumber, SqlText, SqlText,
                      SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO api_tokens (id, fingerprint, name, role, request_types, created_at, "
      "created_by_id, created_by_name, expires_at) VALUES (:id, :fingerprint, :name, :role, "
      ":types, :created, :by_id, :by_name, :expires)";
};
struct RevokeApiToken {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE api_tokens SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL";
};
// Another server may have written a later one.
struct RecordUse {
  using In = SqlTypes<SqlNumber, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE api_tokens SET last_used_at = :now WHERE id = :id AND "
      "(last_used_at IS NULL OR last_used_at < :same)";
};

struct NumberedToken {
  SqlNumber key;
  ApiToken token;
};
NumberedToken token_of(Columns row) {
  auto& [key, id, name, role, types, created_at, by_id, by_name, expires_at, used_at, revoked_at] =
      row;
  const auto names = split(types, ' ');
  return {key,
          {.name = {std::move(id), std::move(name)},
           .role = enum_of<ApiRole>(role),
           .request_types = {names.begin(), names.end()},
           .created_at = time_of(created_at),
           .created_by = {std::move(by_id), std::move(by_name)},
           .expires_at = time_of(expires_at),
           .last_used_at = time_of(used_at),
           .revoked_at = time_of(revoked_at)}};
}

}  // namespace

Status SqlTokens::add(const Fingerprint& secret, const ApiToken& token) {
  return context_.writer.write("add token", [&](WriteTransaction& transaction) -> Status {
    if (transaction.one<ShowApiToken>(token.name.id) ||
        transaction.one<FindApiToken>(secret.hex())) {
      return recorded_already("token");
    }
    transaction.run<InsertApiToken>(
        token.name.id, secret.hex(), token.name.name, static_cast<SqlNumber>(token.role),
        join(token.request_types, " "), seconds_of(token.created_at), token.created_by.id,
        token.created_by.name, seconds_of(token.expires_at));
    return {};
  });
}

void SqlTokens::add_last_use(ApiToken& token) const {
  const auto noted = context_.tokens_used.find(token.name.id);
  if (noted && (!token.last_used_at || *token.last_used_at < *noted)) {
    token.last_used_at = noted;
  }
}

Result<std::optional<ApiToken>> SqlTokens::find(const Fingerprint& secret) const {
  return context_.readers.read("look up token", [&](SqlConnection& sql) {
    auto row = sql.one<FindApiToken>(secret.hex());
    return Result(row ? std::optional(token_of(*std::move(row)).token) : std::nullopt);
  });
}

Result<std::optional<ApiToken>> SqlTokens::show(std::string_view id) const {
  TRY_ASSIGN(auto row, context_.readers.read("show token", [&](SqlConnection& sql) {
    return Result(sql.one<ShowApiToken>(std::string(id)));
  }));
  std::optional<ApiToken> token;
  if (row) {
    token = token_of(*std::move(row)).token;
    add_last_use(*token);
  }
  return token;
}

Result<Page<ApiToken>> SqlTokens::list(const PageRequest& page) const {
  PageCursor before{0, std::numeric_limits<std::int64_t>::max()};
  if (!page.after.empty()) {
    TRY_ASSIGN(before, parse_cursor(page.after));
  }
  const auto limit = page_limit(page);
  std::vector<NumberedToken> rows;
  TRY(context_.readers.read("list tokens", [&](SqlConnection& sql) -> Status {
    sql.each<ListApiTokens>([&](Columns row) { rows.push_back(token_of(std::move(row))); },
                            before.second, static_cast<SqlNumber>(limit + 1));
    return {};
  }));
  auto cut = cut_page(std::move(rows), limit,
                      [](const NumberedToken& last) { return format_cursor({0, last.key}); });
  Page<ApiToken> result;
  result.next = std::move(cut.next);
  for (auto& row : cut.items) {
    add_last_use(row.token);
    result.items.push_back(std::move(row.token));
  }
  return result;
}

Status SqlTokens::revoke(std::string_view id, Timestamp now) {
  const std::string name(id);
  return context_.writer.write("revoke token", [&](WriteTransaction& transaction) -> Status {
    if (!transaction.one<ShowApiToken>(name)) {
      return no_token(name);
    }
    transaction.run<RevokeApiToken>(seconds_of(now), name);
    return {};
  });
}

void SqlTokens::note_used(const std::string& id, Timestamp now) {
  context_.tokens_used.note(id, now);
}

void write_token_uses(WriteTransaction& transaction, const std::vector<SeenBuffer::Entry>& uses) {
  for (const auto& [id, used_at] : uses) {
    transaction.run<RecordUse>(seconds_of(used_at), id, seconds_of(used_at));
  }
}

}  // namespace bramley
