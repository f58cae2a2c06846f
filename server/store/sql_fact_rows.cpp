#include "server/store/sql_fact_rows.h"

#include "server/store/fact_codec.h"
#include "server/store/inventory_steps.h"

namespace bramley {
namespace {

struct FindFacts {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT facts FROM device_facts WHERE enrollment_key = :key";
};
struct InsertFacts {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO device_facts (enrollment_key, facts) VALUES (:key, {binary:facts})";
};
struct ReplaceFacts {
  using In = SqlTypes<SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE device_facts SET facts = {binary:facts} WHERE enrollment_key = :key";
};
struct DeleteFacts {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM device_facts WHERE enrollment_key = :key";
};
struct BringForward {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE inventory_schedule SET due_at = :now WHERE enrollment_key = :key";
};
struct Schedule {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "INSERT INTO inventory_schedule (enrollment_key, due_at, asked) VALUES (:key, :now, '')";
};
struct Unschedule {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM inventory_schedule WHERE enrollment_key = :key";
};

}  // namespace

void learn_facts(WriteTransaction& transaction, SqlNumber enrollment_key, const DeviceFacts& facts,
                 Timestamp now) {
  if (facts.empty()) {
    return;
  }
  DeviceFacts known;
  const auto row = transaction.one<FindFacts>(enrollment_key);
  if (row) {
    if (auto before = decode_facts(std::get<0>(*row))) {
      known = *std::move(before);
    }
  }
  known.learn(learnt_at(facts, now));
  if (row) {
    transaction.run<ReplaceFacts>(encode_facts(known), enrollment_key);
  } else {
    transaction.run<InsertFacts>(enrollment_key, encode_facts(known));
  }
}

void forget_facts(WriteTransaction& transaction, SqlNumber enrollment_key) {
  transaction.run<DeleteFacts>(enrollment_key);
}

void schedule_inventory(WriteTransaction& transaction, SqlNumber enrollment_key, Timestamp now) {
  if (transaction.run<BringForward>(seconds_of(now), enrollment_key) == 0) {
    transaction.run<Schedule>(enrollment_key, seconds_of(now));
  }
}

void unschedule_inventory(WriteTransaction& transaction, SqlNumber enrollment_key) {
  transaction.run<Unschedule>(enrollment_key);
}

}  // namespace bramley
