// Commands into the queues, and what devices are told; sql_command_history.cpp settles without
// them, sql_command_lists.cpp reads.

#include "server/store/sql_commands.h"

#include <algorithm>
#include <unordered_set>

#include "server/store/delivery_state.h"
#include "server/store/inventory_store.h"
#include "server/store/sql_enrollment_rows.h"
#include "server/store/sql_expansion.h"
#include "server/store/sql_fact_rows.h"
#include "server/store/sql_push_rows.h"
#include "server/store/sql_sealed_commands.h"
#include "server/store/store_errors.h"
#include "server/store/target_list.h"

namespace bramley {
namespace {

struct CommandExists {
  using In = SqlTypes<SqlText>;
  using Out = SqlTypes<SqlNumber>;
  static constexpr std::string_view sql = "SELECT command_key FROM commands WHERE uuid = :uuid";
};

// Which of the ids that were named can take a command.
class Targets {
 public:
  template <class Sql>
  void add(Sql& sql, const std::string& id) {
    if (!named_.insert(id).second) {
      return;
    }
    const auto row = find_enrollment_row(sql, id);
    if (!row) {
      refusals.push_back({id, no_enrollment(id)});
    } else if (row->state == EnrollmentState::checked_out) {
      refusals.push_back({id, enrollment_checked_out(id)});
    } else {
      keys.push_back(row->key);
    }
  }
  // In the order of the tables: neighbours share pages.
  void sort() { std::sort(keys.begin(), keys.end()); }

  std::vector<SqlNumber> keys;
  std::vector<CommandQueue::Refusal> refusals;

 private:
  std::unordered_set<std::string_view> named_;
};

}  // namespace

Result<std::vector<CommandQueue::Refusal>> SqlCommands::enqueue(
    std::span<const std::string> enrollment_ids, const Command& command, Timestamp now,
    const CommandTerms& terms) {
  if (enrollment_ids.empty()) {
    return no_targets();
  }
  TRY_ASSIGN(const auto sealed,
             seal_column(context_.sealer, command.plist, command_context(command.uuid)));
  const NewCommand fresh = new_command(command, sealed, terms, now);
  if (enrollment_ids.size() > targets_at_once) {
    return enqueue_for_many(enrollment_ids, fresh);
  }
  std::vector<Refusal> refusals;
  TRY(context_.writer.write("enqueue command", [&](WriteTransaction& transaction) -> Status {
    if (transaction.one<CommandExists>(command.uuid)) {
      return command_exists(command.uuid);
    }
    Targets targets;
    for (const auto& id : enrollment_ids) {
      targets.add(transaction, id);
      transaction.touch(id);
    }
    targets.sort();
    if (!targets.keys.empty()) {
      const auto command_key = insert_command(transaction, fresh, targets.keys.size());
      insert_deliveries(transaction, command_key, fresh, targets.keys);
    }
    refusals = std::move(targets.refusals);
    return {};
  }));
  return refusals;
}

Result<std::vector<CommandQueue::Refusal>> SqlCommands::enqueue_for_many(
    std::span<const std::string> enrollment_ids, const NewCommand& command) {
  const std::lock_guard lock(expanding_);
  Targets targets;
  // Looked up beside the writer, and not all with one reader's snapshot held.
  for (std::size_t begin = 0; begin < enrollment_ids.size(); begin += targets_at_once) {
    const auto part =
        enrollment_ids.subspan(begin, std::min(targets_at_once, enrollment_ids.size() - begin));
    TRY(context_.readers.read("find targets", [&](SqlConnection& sql) -> Status {
      for (const auto& id : part) {
        targets.add(sql, id);
      }
      return {};
    }));
  }
  targets.sort();
  SqlNumber command_key = 0;
  TRY(context_.writer.write("enqueue command", [&](WriteTransaction& transaction) -> Status {
    if (transaction.one<CommandExists>(command.command.uuid)) {
      return command_exists(command.command.uuid);
    }
    if (!targets.keys.empty()) {
      command_key = insert_command(transaction, command, targets.keys.size());
      begin_expansion(transaction, command_key, command, targets.keys);
    }
    return {};
  }));
  if (!targets.keys.empty()) {
    TRY(expand(command_key, targets.keys));
  }
  return std::move(targets.refusals);
}

Status SqlCommands::expand(SqlNumber command_key, const std::vector<SqlNumber>& targets) {
  bool more = true;
  while (more) {
    TRY(context_.writer.write("enqueue command", [&](WriteTransaction& transaction) -> Status {
      more = expand_some(transaction, command_key, targets);
      return {};
    }));
  }
  return {};
}

Status SqlCommands::finish_expansions() {
  while (true) {
    TRY_ASSIGN(const auto found,
               context_.readers.read("find commands cut short", [&](SqlConnection& sql) {
                 return Result(sql.one<FindExpansion>());
               }));
    if (!found) {
      return {};
    }
    TRY_ASSIGN(const auto targets, decode_targets(std::get<1>(*found)));
    TRY(expand(std::get<0>(*found), targets));
  }
}

Status SqlCommands::finish_enqueueing() {
  const std::lock_guard lock(expanding_);
  return finish_expansions();
}

Result<std::optional<Command>> SqlCommands::hand_out(std::optional<SealedOffer> offer) const {
  if (!offer) {
    return std::optional<Command>();
  }
  context_.offers.note(offer->offer);
  return open_command(context_.sealer, std::move(offer->command));
}

Result<std::optional<Command>> SqlCommands::next_when_idle(const EnrollmentId& id, Timestamp now) {
  const auto moment = context_.idle.look(id.value());
  if (moment.known_empty) {
    return std::optional<Command>();
  }
  Glance glance;
  glance.nothing_waits = true;
  SqlNumber key = 0;
  TRY(context_.readers.read("find next command", [&](SqlConnection& sql) -> Status {
    const auto row = find_enrollment_row(sql, id.value());
    if (row && row->state != EnrollmentState::checked_out) {
      key = row->key;
      glance = glance_at_queue(sql, context_.offers, key, seconds_of(now));
    }
    return {};
  }));
  if (glance.nothing_waits) {
    context_.idle.remember_empty(id.value(), moment);
    return std::optional<Command>();
  }
  auto offer = std::move(glance.offer);
  if (glance.must_write || glance.holds) {
    TRY(context_.writer.write("begin conversation", [&](WriteTransaction& transaction) -> Status {
      release_held(transaction, key);
      if (glance.must_write) {
        offer = next_offer(transaction, context_.offers, key, Parked::included, seconds_of(now));
      }
      return {};
    }));
  }
  return hand_out(std::move(offer));
}

Result<std::optional<Command>> SqlCommands::settle_and_next(const CommandReport& report,
                                                            Timestamp now) {
  if (report.status == ReportStatus::idle) {
    return next_when_idle(report.enrollment, now);
  }
  const auto& id = report.enrollment.value();
  SealedReport sealed{state_after(report.status),
                      report.status_text,
                      seconds_of(now),
                      {},
                      !is_inventory_command(report.command_uuid)};
  TRY_ASSIGN(sealed.sealed,
             seal_column(context_.sealer, report.raw, report_context(id, report.command_uuid)));
  std::optional<OfferBuffer::Offer> answered;
  std::optional<SealedOffer> next;
  TRY(context_.writer.write("record report", [&](WriteTransaction& transaction) -> Status {
    next.reset();
    const auto row = find_enrollment_row(transaction, id);
    if (!row) {
      return {};
    }
    if (const auto place = find_place(transaction, report.command_uuid)) {
      if (settle(transaction, row->key, *place, sealed)) {
        learn_facts(transaction, row->key, report.facts, now);
      }
      answered = {row->key, place->command_key};
    }
    transaction.touch(id);
    if (row->state != EnrollmentState::checked_out) {
      next = next_offer(transaction, context_.offers, row->key,
                        report.is_final() ? Parked::included : Parked::left_out, seconds_of(now));
      if (!next) {
        push_later_or_never(transaction, row->key, now);
      }
    }
    return {};
  }));
  if (answered) {
    context_.offers.forget(*answered);
  }
  return hand_out(std::move(next));
}

}  // namespace bramley
