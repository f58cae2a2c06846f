#include "server/store/sql_dialect.h"

namespace bramley {

std::string SqlDialect::translate(std::string_view portable) const {
  std::string sql;
  sql.reserve(portable.size() + 64);
  while (true) {
    const auto open = portable.find('{');
    sql.append(portable.substr(0, open));
    if (open == std::string_view::npos) {
      return sql;
    }
    const auto close = portable.find('}', open);
    sql += replacement(portable.substr(open + 1, close - open - 1));
    portable.remove_prefix(close + 1);
  }
}

}  // namespace bramley
