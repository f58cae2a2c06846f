// The part of SqlInventory that asks devices for their facts.

#include <algorithm>

#include "server/store/delivery_state.h"
#include "server/store/inventory_steps.h"
#include "server/store/sql_enrollment_changes.h"
#include "server/store/sql_expansion.h"
#include "server/store/sql_fact_rows.h"
#include "server/store/sql_inventory.h"
#include "server/store/sql_queue.h"
#include "server/store/sql_sealed_commands.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct DueInventory {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber, SqlNumber, SqlText>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key, due_at, asked FROM inventory_schedule WHERE due_at <= :now "
      "ORDER BY due_at, enrollment_key LIMIT :limit";
};
// Put off by a longer interval than there is now.
struct FarInventory {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key FROM inventory_schedule WHERE due_at > :furthest "
      "ORDER BY due_at DESC, enrollment_key DESC LIMIT :limit";
};
struct IdAndState {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT id, state FROM enrollments WHERE enrollment_key = :key";
};
struct DeliveryState {
  using In = SqlTypes<SqlText, SqlNumber>;
  using Out = SqlTypes<SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT c.command_key, d.state FROM commands c JOIN deliveries d "
      "ON d.command_key = c.command_key WHERE c.uuid = :uuid AND d.enrollment_key = :key";
};
struct PutOff {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE inventory_schedule SET due_at = :due WHERE enrollment_key = :key";
};
struct NoteAsked {
  using In = SqlTypes<SqlNumber, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE inventory_schedule SET due_at = :due, asked = :asked WHERE enrollment_key = :key";
};

bool anything_to_do(SqlConnection& sql, const InventoryStore::Refresh& refresh, Timestamp now) {
  return sql.one<DueInventory>(seconds_of(now), SqlNumber{1}).has_value() ||
         sql.one<FarInventory>(seconds_of(furthest_due(refresh, now)), SqlNumber{1}).has_value();
}

// One step, in its transaction.
class RefreshStep {
 public:
  RefreshStep(WriteTransaction& transaction, const InventoryStore::Refresh& refresh, Timestamp now)
      : transaction_(transaction), refresh_(refresh), now_(now) {}

  // The keys of those who are to be asked.
  std::vector<SqlNumber> look() {
    std::vector<DueInventory::Out> due;
    transaction_.each<DueInventory>([&](DueInventory::Out row) { due.push_back(std::move(row)); },
                                    seconds_of(now_), SqlNumber{refresh_.limit});
    std::vector<SqlNumber> asked;
    for (const auto& [key, due_at, before] : due) {
      if (look_at(key, due_at, before)) {
        asked.push_back(key);
      }
    }
    std::sort(asked.begin(), asked.end());
    bring_nearer();
    return asked;
  }

  InventoryStore::Refreshed done;

 private:
  bool look_at(SqlNumber key, SqlNumber due_at, const std::string& asked) {
    auto enrollment = transaction_.one<IdAndState>(key);
    if (!enrollment ||
        enum_of<EnrollmentState>(std::get<1>(*enrollment)) != EnrollmentState::enrolled) {
      unschedule_inventory(transaction_, key);
      return false;
    }
    if (due_at < seconds_of(now_ - overdue)) {
      put_off(key, spread_time(refresh_, key, now_));
      ++done.spread;
      return false;
    }
    if (!asked.empty() && !forget_answers(key, asked)) {
      put_off(key, look_again(refresh_, now_));
      ++done.put_off;
      return false;
    }
    transaction_.run<NoteAsked>(seconds_of(due_again(refresh_, key, now_)), refresh_.base, key);
    transaction_.touch(std::move(std::get<0>(*enrollment)));
    ++done.asked;
    return true;
  }

  // False: one of the two still waits.
  bool forget_answers(SqlNumber key, const std::string& base) {
    std::vector<SqlNumber> settled;
    for (const auto& uuid : {information_uuid(base), security_uuid(base)}) {
      const auto found = transaction_.one<DeliveryState>(uuid, key);
      if (found && is_waiting(enum_of<CommandState>(std::get<1>(*found)))) {
        return false;
      }
      if (found) {
        settled.push_back(std::get<0>(*found));
      }
    }
    for (const auto command : settled) {
      forget_delivery(transaction_, command, key, std::numeric_limits<SqlNumber>::max());
    }
    return true;
  }

  void bring_nearer() {
    std::vector<SqlNumber> far;
    transaction_.each<FarInventory>([&](auto row) { far.push_back(std::get<0>(row)); },
                                    seconds_of(furthest_due(refresh_, now_)),
                                    SqlNumber{refresh_.limit});
    for (const auto key : far) {
      put_off(key, now_ + spread_within(refresh_.interval, refresh_.salt, key));
      ++done.spread;
    }
  }

  void put_off(SqlNumber key, Timestamp due) { transaction_.run<PutOff>(seconds_of(due), key); }

  WriteTransaction& transaction_;
  const InventoryStore::Refresh& refresh_;
  const Timestamp now_;
};

void queue(WriteTransaction& transaction, const Command& command, const std::string& sealed,
           const CommandTerms& terms, const std::vector<SqlNumber>& keys, Timestamp now) {
  const NewCommand fresh = new_command(command, sealed, terms, now);
  const auto command_key = insert_command(transaction, fresh, keys.size());
  insert_deliveries(transaction, command_key, fresh, keys);
}

}  // namespace

Result<InventoryStore::Refreshed> SqlInventory::refresh(const Refresh& refresh, Timestamp now) {
  TRY_ASSIGN(const bool any, context_.readers.read("look for old facts", [&](SqlConnection& sql) {
    return Result(anything_to_do(sql, refresh, now));
  }));
  Refreshed done;
  if (!any) {
    return done;
  }
  TRY_ASSIGN(const auto information, seal_column(context_.sealer, refresh.information.plist,
                                                 command_context(refresh.information.uuid)));
  TRY_ASSIGN(const auto security, seal_column(context_.sealer, refresh.security.plist,
                                              command_context(refresh.security.uuid)));
  TRY(context_.writer.write("ask devices for facts", [&](WriteTransaction& transaction) -> Status {
    RefreshStep step(transaction, refresh, now);
    const auto keys = step.look();
    if (!keys.empty()) {
      queue(transaction, refresh.information, information, refresh.terms, keys, now);
      queue(transaction, refresh.security, security, refresh.terms, keys, now);
    }
    done = step.done;
    return {};
  }));
  return done;
}

}  // namespace bramley
