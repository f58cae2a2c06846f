#include "server/store/sql_renewals.h"

#include <algorithm>

#include "server/store/page_cursor.h"
#include "server/store/sql_challenges.h"
#include "server/store/sql_enrollment_rows.h"
#include "server/store/sql_renewal_rows.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

struct FindOfDevice {
  using In = SqlTypes<SqlText>;
  using Out = RenewalColumns;
  inline static const std::string sql = std::string(renewal_columns) + "WHERE e.id = :id";
};
struct ListAll {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = RenewalColumns;
  inline static const std::string sql =
      std::string(renewal_columns) +
      "WHERE r.enrollment_key > :after ORDER BY r.enrollment_key LIMIT :limit";
};
struct ListInState {
  using In = SqlTypes<SqlNumber, SqlNumber, SqlNumber>;
  using Out = RenewalColumns;
  inline static const std::string sql =
      std::string(renewal_columns) +
      "WHERE r.state = :state AND r.enrollment_key > :after ORDER BY r.enrollment_key LIMIT :limit";
};
struct ListDue {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = RenewalColumns;
  inline static const std::string sql =
      std::string(renewal_columns) +
      "WHERE r.next_at <= :now ORDER BY r.next_at, r.enrollment_key LIMIT :limit";
};
// Along the index by state; those that are over, one a device, are left aside.
struct CountByState {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlNumber, SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT state, COUNT(*) FROM renewals WHERE state < :first_over GROUP BY state";
};
static_assert(number_of(RenewalState::done) < number_of(RenewalState::cancelled) &&
              number_of(RenewalState::proven) < number_of(RenewalState::done));
struct CountLate {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT COUNT(*) FROM renewals r JOIN enrollments e ON e.enrollment_key = r.enrollment_key "
      "WHERE r.state < :first_proven AND e.identity_not_after < :before";
};
struct Expiring {
  using In = SqlTypes<SqlNumber, SqlNumber>;
  using Out = SqlTypes<SqlNumber, SqlText>;
  static constexpr std::string_view sql =
      "SELECT enrollment_key, id FROM enrollments WHERE renewal_due < :before "
      "ORDER BY renewal_due, enrollment_key LIMIT :limit";
};
struct StopWatching {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE enrollments SET renewal_due = NULL WHERE enrollment_key = :key";
};
struct RecentRevocations {
  using In = SqlTypes<SqlNumber>;
  using Out = SqlTypes<SqlText>;
  static constexpr std::string_view sql =
      "SELECT fingerprint FROM revocations WHERE revoked_at >= :since";
};
struct MarkChallenge {
  using In = SqlTypes<SqlNumber, SqlText>;
  using Out = SqlTypes<>;
  static constexpr std::string_view sql =
      "UPDATE challenges SET renewal_of = :key WHERE fingerprint = :challenge";
};
// Whether a use means anything: read before anything is written.
struct UseIsNews {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT 1 FROM enrollments e JOIN bindings b ON b.device_id = e.id "
      "WHERE e.id = :id AND b.fingerprint = :fingerprint AND "
      "((e.certificate = b.fingerprint AND e.identity_not_after IS NULL) OR "
      "(e.certificate <> b.fingerprint AND b.renewal <> 0))";
};
struct UsedOrder {
  using In = SqlTypes<SqlText, SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql =
      "SELECT renewal FROM bindings b WHERE fingerprint = :fingerprint AND device_id = :device "
      "AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.fingerprint = b.fingerprint)";
};

void begin(WriteTransaction& transaction, const IdentityRow& identity, RenewalOrigin origin,
           Timestamp now) {
  const auto before = find_renewal(transaction, identity.key);
  if (before) {
    void_challenge(transaction, before->challenge);
  }
  put_renewal(
      transaction, identity.key,
      fresh_renewal(origin, identity.certificate, before ? before->renewal.version + 1 : 1, now));
  transaction.run<StopWatching>(identity.key);
}

// The row that `from` was read from, while nobody has changed it.
struct Unchanged {
  SqlNumber key;
  RenewalRow row;
};
std::optional<Unchanged> unchanged(WriteTransaction& transaction, const Renewal& from) {
  const auto enrollment = find_enrollment_row(transaction, from.device_id);
  auto row = enrollment ? find_renewal(transaction, enrollment->key) : std::nullopt;
  if (!row || row->renewal.version != from.version || row->renewal.begun_at != from.begun_at) {
    return std::nullopt;
  }
  return Unchanged{enrollment->key, *std::move(row)};
}

void note_use(WriteTransaction& transaction, const IdentityUse& use) {
  const auto identity = find_identity(transaction, use.device_id);
  const auto order = transaction.one<UsedOrder>(use.certificate.hex(), use.device_id);
  if (!identity || !order || identity->state != EnrollmentState::enrolled) {
    return;
  }
  if (identity->certificate == use.certificate) {
    if (!identity->not_after) {
      set_identity_end(transaction, identity->key, use.not_after);
      watch_identity(transaction, identity->key, use.used_at);
    }
  } else if (std::get<0>(*order) > identity->order) {
    adopt_identity(transaction, *identity, use.certificate, use.not_after, use.used_at);
  }
}

}  // namespace

Result<std::int64_t> SqlRenewals::open_expiring(Timestamp before, Timestamp now,
                                                std::int64_t limit) {
  const auto cutoff = seconds_of(before);
  TRY_ASSIGN(const bool any, context_.readers.read("find expiring identities", [&](auto& sql) {
    return Result(sql.template one<Expiring>(cutoff, SqlNumber{1}).has_value());
  }));
  std::int64_t opened = 0;
  if (!any) {
    return opened;
  }
  TRY(context_.writer.write("begin renewals", [&](WriteTransaction& transaction) -> Status {
    opened = 0;
    std::vector<Expiring::Out> found;
    transaction.each<Expiring>([&](Expiring::Out row) { found.push_back(std::move(row)); }, cutoff,
                               SqlNumber{limit});
    for (const auto& [key, id] : found) {
      const auto identity = find_identity(transaction, id);
      const auto row = find_renewal(transaction, key);
      const bool busy =
          row && row->renewal.is_open() && row->renewal.origin != RenewalOrigin::device;
      if (identity && identity->state == EnrollmentState::enrolled && !busy) {
        begin(transaction, *identity, RenewalOrigin::expiry, now);
        ++opened;
      } else {
        transaction.run<StopWatching>(key);
      }
    }
    return {};
  }));
  return opened;
}

Result<Renewal> SqlRenewals::open(std::string_view device_id, Timestamp now) {
  const std::string id(device_id);
  Renewal opened;
  TRY(context_.writer.write("begin renewal", [&](WriteTransaction& transaction) -> Status {
    const auto enrollment = find_enrollment_row(transaction, id);
    const auto identity = find_identity(transaction, id);
    if (!enrollment || enrollment->device_id != id || !identity) {
      return no_device(id);
    }
    if (identity->state != EnrollmentState::enrolled) {
      return not_enrolled(id);
    }
    auto row = find_renewal(transaction, identity->key);
    if (row && row->renewal.is_open() && row->renewal.origin != RenewalOrigin::device) {
      hasten(row->renewal, now);
      put_renewal(transaction, identity->key, *row);
    } else {
      begin(transaction, *identity, RenewalOrigin::asked, now);
    }
    opened = find_renewal(transaction, identity->key)->renewal;
    return {};
  }));
  return opened;
}

Result<std::optional<Renewal>> SqlRenewals::find(std::string_view device_id) const {
  return context_.readers.read("find renewal", [&](SqlConnection& sql) {
    auto row = sql.one<FindOfDevice>(std::string(device_id));
    return Result(row ? std::optional(renewal_of(*std::move(row)).row.renewal) : std::nullopt);
  });
}

Result<Page<Renewal>> SqlRenewals::list(const RenewalFilter& filter,
                                        const PageRequest& page) const {
  PageCursor after;
  if (!page.after.empty()) {
    TRY_ASSIGN(after, parse_cursor(page.after));
  }
  const auto limit = page_limit(page);
  std::vector<NumberedRenewal> rows;
  TRY(context_.readers.read("list renewals", [&](SqlConnection& sql) -> Status {
    rows.clear();
    const auto collect = [&](RenewalColumns row) {
      auto found = renewal_of(std::move(row));
      if (found.key > after.second && matches(found.row.renewal, filter)) {
        rows.push_back(std::move(found));
      }
    };
    const auto count = static_cast<SqlNumber>(limit + 1);
    if (!filter.device_id.empty()) {
      sql.each<FindOfDevice>(collect, filter.device_id);
    } else if (filter.state) {
      sql.each<ListInState>(collect, number_of(*filter.state), after.second, count);
    } else {
      sql.each<ListAll>(collect, after.second, count);
    }
    return {};
  }));
  auto cut = cut_page(std::move(rows), limit,
                      [](const NumberedRenewal& last) { return format_cursor({0, last.key}); });
  Page<Renewal> result;
  result.next = std::move(cut.next);
  for (auto& item : cut.items) {
    result.items.push_back(std::move(item.row.renewal));
  }
  return result;
}

Result<RenewalCounts> SqlRenewals::count(Timestamp late_before) const {
  return context_.readers.read("count renewals", [&](SqlConnection& sql) {
    RenewalCounts counts;
    sql.each<CountByState>(
        [&](CountByState::Out row) {
          counts.by_state[enum_of<RenewalState>(std::get<0>(row))] = std::get<1>(row);
        },
        number_of(RenewalState::done));
    const auto late = sql.one<CountLate>(number_of(RenewalState::proven), seconds_of(late_before));
    counts.late = late ? std::get<0>(*late) : 0;
    return Result(std::move(counts));
  });
}

Result<std::vector<Renewal>> SqlRenewals::due(Timestamp now, std::size_t limit) const {
  TRY(take_up_revocations(now));
  std::vector<Renewal> found;
  TRY(context_.readers.read("find renewals to look at", [&](SqlConnection& sql) -> Status {
    found.clear();
    sql.each<ListDue>(
        [&](RenewalColumns row) { found.push_back(renewal_of(std::move(row)).row.renewal); },
        seconds_of(now), static_cast<SqlNumber>(limit));
    return {};
  }));
  return found;
}

Status SqlRenewals::take_up_revocations(Timestamp now) const {
  // Clocks differ, and a commit follows its time.
  constexpr std::int64_t overlap = 60;
  const auto until = seconds_of(now);
  const auto before = taken_up_until_.load();
  const auto since = (before == 0 ? until : std::min<std::int64_t>(before, until)) - overlap;
  TRY(context_.readers.read("look at revocations", [&](SqlConnection& sql) -> Status {
    sql.each<RecentRevocations>(
        [&](RecentRevocations::Out row) {
          if (const auto fingerprint = Fingerprint::from_hex(std::get<0>(row))) {
            context_.bindings.forget(*fingerprint);
          }
        },
        SqlNumber{since});
    return {};
  }));
  taken_up_until_ = until;
  return {};
}

Result<bool> SqlRenewals::change(const Renewal& from, const RenewalChange& change) {
  bool changed = false;
  TRY(context_.writer.write("change renewal", [&](WriteTransaction& transaction) -> Status {
    auto found = unchanged(transaction, from);
    changed = found.has_value();
    if (changed) {
      const std::string challenge = found->row.challenge;
      apply_change(found->row, change);
      if (found->row.challenge.empty()) {
        void_challenge(transaction, challenge);
      }
      put_renewal(transaction, found->key, found->row);
    }
    return {};
  }));
  return changed;
}

Result<bool> SqlRenewals::acknowledge(const Renewal& from, Timestamp now, Timestamp look_again) {
  bool changed = false;
  TRY(context_.writer.write("renewal acknowledged", [&](WriteTransaction& transaction) -> Status {
    auto found = unchanged(transaction, from);
    changed = found.has_value();
    if (changed) {
      mark_acknowledged(found->row.renewal, now, look_again);
      void_challenge(transaction, found->row.challenge);
      found->row.challenge.clear();
      put_renewal(transaction, found->key, found->row);
    }
    return {};
  }));
  return changed;
}

Result<bool> SqlRenewals::retire(const Renewal& from, Timestamp now) {
  std::vector<Fingerprint> revoked;
  bool changed = false;
  TRY(context_.writer.write("end renewal", [&](WriteTransaction& transaction) -> Status {
    revoked.clear();
    auto found = unchanged(transaction, from);
    const auto identity = find_identity(transaction, from.device_id);
    changed = found && identity && found->row.renewal.state == RenewalState::proven;
    if (changed) {
      revoked = revoke_older(transaction, from.device_id, *identity, now);
      mark_over(found->row, RenewalState::done);
      put_renewal(transaction, found->key, found->row);
    }
    return {};
  }));
  for (const Fingerprint& each : revoked) {
    context_.bindings.forget(each);
  }
  return changed;
}

Status SqlRenewals::deliver(std::string_view device_id, std::string_view command_uuid,
                            const Fingerprint& challenge, Timestamp challenge_expires_at,
                            Timestamp now) {
  const std::string id(device_id);
  return context_.writer.write("deliver renewal", [&](WriteTransaction& transaction) -> Status {
    const auto enrollment = find_enrollment_row(transaction, id);
    auto row = enrollment ? find_renewal(transaction, enrollment->key) : std::nullopt;
    if (!row || row->renewal.state != RenewalState::sent ||
        row->renewal.command_uuid != command_uuid) {
      return no_renewal(id);
    }
    TRY(insert_challenge(transaction, challenge.hex(), {challenge_expires_at, {id, {}}}));
    transaction.run<MarkChallenge>(enrollment->key, challenge.hex());
    void_challenge(transaction, row->challenge);
    row->challenge = challenge.hex();
    row->renewal.delivered_at = now;
    ++row->renewal.version;
    put_renewal(transaction, enrollment->key, *row);
    return {};
  });
}

Status SqlRenewals::note_uses(std::span<const IdentityUse> uses) {
  std::vector<IdentityUse> news;
  TRY(context_.readers.read("look at identities in use", [&](SqlConnection& sql) -> Status {
    news.clear();
    for (const IdentityUse& use : uses) {
      if (sql.one<UseIsNews>(use.device_id, use.certificate.hex())) {
        news.push_back(use);
      }
    }
    return {};
  }));
  if (news.empty()) {
    return {};
  }
  return context_.writer.write("note identities in use",
                               [&](WriteTransaction& transaction) -> Status {
                                 for (const IdentityUse& use : news) {
                                   note_use(transaction, use);
                                 }
                                 return {};
                               });
}

}  // namespace bramley
