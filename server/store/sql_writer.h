#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/sql_connection.h"

namespace bramley {

// What a unit of work may use: helpers take it and never the database, so that nothing is written
// beside the transaction.
class WriteTransaction {
 public:
  explicit WriteTransaction(SqlConnection& sql) : sql_(sql) {}

  template <class Query, class... Arguments>
  long long run(Arguments&&... arguments) {
    return sql_.run<Query>(std::forward<Arguments>(arguments)...);
  }
  template <class Query, class... Arguments>
  auto one(Arguments&&... arguments) {
    return sql_.one<Query>(std::forward<Arguments>(arguments)...);
  }
  template <class Query, class OnRow, class... Arguments>
  void each(const OnRow& on_row, Arguments&&... arguments) {
    sql_.each<Query>(on_row, std::forward<Arguments>(arguments)...);
  }
  long long last_key(const std::string& table) { return sql_.last_key(table); }

  // What this enrollment is answered to a poll may be another thing after the commit.
  void touch(std::string enrollment_id) { touched_.push_back(std::move(enrollment_id)); }
  [[nodiscard]] const std::vector<std::string>& touched() const { return touched_; }

 private:
  SqlConnection& sql_;
  std::vector<std::string> touched_;
};

// May run more than once before it counts: it must not use up what it captures. Returning an Error
// undoes what it did.
using WriteWork = std::function<Status(WriteTransaction&)>;

// What may wait and is written between the callers' work.
class BufferedWrites {
 public:
  virtual ~BufferedWrites() = default;
  // Writes some of it. True: more remains.
  virtual bool write_some(WriteTransaction& transaction) = 0;
  // The transaction of the last write_some was committed. Else it comes again.
  virtual void written() = 0;
};

class SqlWriter {
 public:
  virtual ~SqlWriter() = default;
  // Runs the work as one transaction and returns when it is durable. unavailable: it may or may not
  // have happened, most likely not. Else the work's own Error.
  virtual Status write(std::string_view activity, const WriteWork& work) = 0;
};

}  // namespace bramley
