#pragma once

#include <string>
#include <vector>

#include "server/store/command_queue.h"
#include "server/store/sql_values.h"
#include "server/store/sql_writer.h"

namespace bramley {

// How a command's rows come into the tables. Private to the folder.

struct NewCommand {
  const Command& command;
  const std::string& sealed;
  SqlNumber created_at;
  SqlNumber turn;  // the priority, negated
  std::optional<SqlNumber> expires_at;
  PushOrder push;
  const TokenName& created_by;
};
// Borrows the first three.
NewCommand new_command(const Command& command, const std::string& sealed, const CommandTerms& terms,
                       Timestamp now);
// The command itself, for so many enrollments. Its key.
SqlNumber insert_command(WriteTransaction& transaction, const NewCommand& command,
                         std::size_t targets);
// Its rows for some enrollments, by their keys.
void insert_deliveries(WriteTransaction& transaction, SqlNumber command_key,
                       const NewCommand& command, const std::vector<SqlNumber>& enrollment_keys);
// Remembers for which enrollments rows are still to be written: in the transaction that inserts the
// command, so that a crash loses none of them.
void begin_expansion(WriteTransaction& transaction, SqlNumber command_key,
                     const NewCommand& command, const std::vector<SqlNumber>& ascending);
// Writes the rows of the next targets_at_once. True: more remain. `targets` as begun.
bool expand_some(WriteTransaction& transaction, SqlNumber command_key,
                 const std::vector<SqlNumber>& targets);

struct FindExpansion {
  using In = SqlTypes<>;
  using Out = SqlTypes<SqlNumber, SqlText>;
  static constexpr std::string_view sql =
      "SELECT command_key, targets FROM expansions ORDER BY command_key LIMIT 1";
};

}  // namespace bramley
