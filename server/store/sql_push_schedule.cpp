#include "server/store/sql_push_schedule.h"

#include "core/base/encoding.h"
#include "server/store/push_refusals.h"
#include "server/store/sql_values.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct SelectDue {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  // key, due, ticket, sends, failures; id, state, push state, topic, magic, token; what waits
  using Out = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlText, SqlNumber,
                       SqlNumber, SqlText, SqlText, SqlText, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT p.enrollment_key, p.due_at, p.ticket, p.sends, p.failures, e.id, e.state, "
      "e.push_state, e.topic, e.push_magic, e.push_token, CASE "
      "WHEN EXISTS (SELECT 1 FROM queued q WHERE q.enrollment_key = p.enrollment_key) THEN 1 "
      "WHEN EXISTS (SELECT 1 FROM parked k WHERE k.enrollment_key = p.enrollment_key) THEN 1 "
      "ELSE 0 END FROM push_schedule p "
      "JOIN enrollments e ON e.enrollment_key = p.enrollment_key "
      "WHERE p.due_at <= :now ORDER BY p.due_at, p.enrollment_key LIMIT :limit";
};
// Asked anew: a command may have been queued since it was read, or a token may have come.
struct DropNeedless {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "DELETE FROM push_schedule WHERE enrollment_key = :key AND ("
      "(NOT EXISTS (SELECT 1 FROM queued q WHERE q.enrollment_key = push_schedule.enrollment_key) "
      "AND NOT EXISTS (SELECT 1 FROM parked k WHERE k.enrollment_key = "
      "push_schedule.enrollment_key)) OR EXISTS (SELECT 1 FROM enrollments e WHERE "
      "e.enrollment_key = :same AND (e.state <> 1 OR e.push_state <> 0 OR e.push_token = '')))";
};
struct Claim {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE push_schedule SET ticket = :ticket, due_at = :lease, pushed_at = :now "
      "WHERE enrollment_key = :key AND ticket = :seen_ticket AND due_at = :seen_due";
};
struct SettlePush {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlNumber, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE push_schedule SET ticket = 0, due_at = :due, sends = :sends, failures = :failures "
      "WHERE enrollment_key = :key AND ticket = :ticket";
};
struct SetUnregistered {
  using In = SqlTypes<SqlNumber, SqlText, SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET push_state = 1 WHERE enrollment_key = :key AND state = 1 AND "
      "push_token = :token AND (token_at IS NULL OR token_at < :time)";
};
struct DeletePush {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql = "DELETE FROM push_schedule WHERE enrollment_key = :key";
};
struct NextDue {
  using In = SqlTypes<>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT due_at FROM push_schedule ORDER BY due_at, enrollment_key LIMIT 1";
};
struct SelectAddress {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber, SqlNumber, SqlNumber, SqlText, SqlText, SqlText>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key, state, push_state, topic, push_magic, push_token FROM enrollments "
      "WHERE id = :id";
};

struct Candidate {
  DuePush push;
  SqlNumber ticket = 0;
  bool is_needed = true;
};

// Our own hex: what cannot be read is as good as none.
Bytes token_of(const std::string& hex) {
  auto token = decode_hex(hex);
  return token ? *std::move(token) : Bytes();
}

Candidate candidate_of(SelectDue::Out row) {
  auto& [key, due, ticket, sends, failures, id, state, push_state, topic, magic, token, waits] =
      row;
  Candidate candidate;
  candidate.push = {
      key,          std::move(id), std::move(topic), std::move(magic), token_of(token),
      time_of(due), sends,         failures};
  candidate.ticket = ticket;
  candidate.is_needed = waits != 0 && state == number_of(EnrollmentState::enrolled) &&
                        push_state == number_of(PushState::ok) && !candidate.push.token.empty();
  return candidate;
}

void settle_one(WriteTransaction& transaction, const PushSettlement& settlement) {
  const SqlNumber key = settlement.enrollment;
  if (const auto& gone = settlement.unregistered) {
    if (transaction.run<SetUnregistered>(key, encode_hex(gone->token),
                                         seconds_of(gone->unregistered_at)) > 0) {
      transaction.run<DeletePush>(key);
      return;
    }
  }
  if (settlement.ticket != 0) {
    transaction.run<SettlePush>(seconds_of(settlement.due_at), settlement.sends,
                                settlement.failures, key, settlement.ticket);
  }
}

}  // namespace

Result<std::vector<DuePush>> SqlPushSchedule::claim(Timestamp now, std::size_t limit,
                                                    Timestamp lease_end, std::int64_t ticket) {
  // Looked for outside of the transaction: nobody waits for that.
  TRY_ASSIGN(const auto candidates, context_.readers.read("find due pushes", [&](auto& sql) {
    std::vector<Candidate> found;
    sql.template each<SelectDue>(
        [&](SelectDue::Out row) { found.push_back(candidate_of(std::move(row))); }, seconds_of(now),
        static_cast<SqlNumber>(limit));
    return Result(std::move(found));
  }));
  std::vector<DuePush> claimed;
  if (candidates.empty()) {
    return claimed;
  }
  TRY(context_.writer.write("claim pushes", [&](WriteTransaction& transaction) -> Status {
    claimed.clear();
    for (const Candidate& candidate : candidates) {
      const SqlNumber key = candidate.push.enrollment;
      if (!candidate.is_needed) {
        transaction.run<DropNeedless>(key, key);
      } else if (transaction.run<Claim>(ticket, seconds_of(lease_end), seconds_of(now), key,
                                        candidate.ticket, seconds_of(candidate.push.due_at)) > 0) {
        claimed.push_back(candidate.push);
      }
    }
    return {};
  }));
  return claimed;
}

Status SqlPushSchedule::settle(std::span<const PushSettlement> settlements, Timestamp /*now*/) {
  if (settlements.empty()) {
    return {};
  }
  return context_.writer.write("settle pushes", [&](WriteTransaction& transaction) -> Status {
    for (const PushSettlement& settlement : settlements) {
      settle_one(transaction, settlement);
    }
    return {};
  });
}

Result<std::optional<Timestamp>> SqlPushSchedule::next_due() const {
  return context_.readers.read("find the next push", [](SqlConnection& sql) {
    const auto row = sql.one<NextDue>();
    return Result(row ? std::optional(time_of(std::get<0>(*row))) : std::nullopt);
  });
}

Result<std::vector<Result<DuePush>>> SqlPushSchedule::addresses(
    std::span<const std::string> enrollment_ids) const {
  return context_.readers.read("find push tokens", [&](SqlConnection& sql) {
    std::vector<Result<DuePush>> found;
    found.reserve(enrollment_ids.size());
    for (const std::string& id : enrollment_ids) {
      auto row = sql.one<SelectAddress>(id);
      if (!row) {
        found.emplace_back(no_enrollment(id));
        continue;
      }
      auto& [key, state, push_state, topic, magic, token] = *row;
      if (auto refused = push_refusal(id, enum_of<EnrollmentState>(state),
                                      enum_of<PushState>(push_state), !token.empty())) {
        found.emplace_back(*std::move(refused));
      } else {
        found.emplace_back(DuePush{key, id, std::move(topic), std::move(magic), token_of(token)});
      }
    }
    return Result(std::move(found));
  });
}

}  // namespace bramley
