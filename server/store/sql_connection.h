#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "server/store/sql_dialect.h"
#include "server/store/sql_query.h"

namespace bramley {

// One connection with the statements it has prepared. For one thread at a time. Throws
// soci::soci_error: whoever borrows a connection runs under `fenced`.
class SqlConnection {
 public:
  SqlConnection(std::unique_ptr<soci::session> session, const SqlDialect& dialect);

  template <class Query, class... Arguments>
  long long run(Arguments&&... arguments) {
    return query<Query>().run({std::forward<Arguments>(arguments)...});
  }
  template <class Query, class... Arguments>
  std::optional<typename Query::Out> one(Arguments&&... arguments) {
    return query<Query>().one({std::forward<Arguments>(arguments)...});
  }
  template <class Query, class OnRow, class... Arguments>
  void each(const OnRow& on_row, Arguments&&... arguments) {
    query<Query>().each({std::forward<Arguments>(arguments)...}, on_row);
  }

  // Statements that are not worth keeping: pragmas and migrations. Translated too.
  void execute(std::string_view sql);
  // The first column of the one row.
  std::string text_of_query(std::string_view sql);
  long long number_of_query(std::string_view sql);
  // The {key} that the last insert into that table made.
  long long last_key(const std::string& table);

  [[nodiscard]] const SqlDialect& dialect() const { return dialect_; }

 private:
  static std::size_t next_number();
  template <class Query>
  static std::size_t number_of() {
    static const std::size_t number = next_number();
    return number;
  }

  template <class Query>
  SqlQuery<Query>& query() {
    const auto number = number_of<Query>();
    if (number >= statements_.size()) {
      statements_.resize(number + 1);
    }
    auto& kept = statements_[number];
    if (!kept) {
      kept = std::make_unique<SqlQuery<Query>>(*session_, dialect_.translate(Query::sql));
    }
    return static_cast<SqlQuery<Query>&>(*kept);
  }

  const SqlDialect& dialect_;
  std::unique_ptr<soci::session> session_;
  // After the session: a statement must go before its connection.
  std::vector<std::unique_ptr<SqlStatement>> statements_;
};

// Runs `work` and turns what SOCI throws into an Error: no exception leaves this folder.
template <class Work>
auto fenced(const SqlDialect& dialect, std::string_view activity, const Work& work)
    -> decltype(work()) {
  try {
    return work();
  } catch (const soci::soci_error& error) {
    return dialect.error_of(error).while_doing(activity);
  }
}

}  // namespace bramley
