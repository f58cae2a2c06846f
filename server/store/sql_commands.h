#pragma once

#include <mutex>

#include "server/store/command_queue.h"
#include "server/store/sql_context.h"
#include "server/store/sql_offers.h"

namespace bramley {

class SqlCommands : public CommandQueue {
 public:
  explicit SqlCommands(const SqlContext& context) : context_(context) {}
  Result<std::vector<Refusal>> enqueue(std::span<const std::string> enrollment_ids,
                                       const Command& command, Timestamp now,
                                       const CommandTerms& terms) override;
  Status finish_enqueueing() override;
  Result<std::optional<Command>> settle_and_next(const CommandReport& report,
                                                 Timestamp now) override;
  Result<std::optional<CommandSummary>> find(std::string_view uuid) const override;
  Result<std::optional<Command>> command(std::string_view uuid) const override;
  Result<Page<CommandSummary>> list(const CommandFilter& filter,
                                    const PageRequest& page) const override;
  Result<Page<CommandDelivery>> results(std::string_view uuid, const PageRequest& page,
                                        std::int64_t largest_report,
                                        std::optional<CommandCount> status) const override;
  Result<std::vector<SettledDelivery>> settled(std::string_view uuid, std::int64_t after,
                                               std::size_t limit,
                                               std::int64_t largest_report) const override;
  Result<std::optional<CommandDelivery>> result(std::string_view uuid,
                                                std::string_view enrollment_id) const override;
  Result<Page<CommandDelivery>> queue(std::string_view enrollment_id,
                                      const PageRequest& page) const override;
  Result<std::int64_t> clear(std::string_view enrollment_id, Timestamp now) override;
  Result<std::int64_t> cancel(std::string_view uuid, std::string_view enrollment_id,
                              Timestamp now) override;
  Result<std::int64_t> expire(Timestamp now, std::int64_t limit) override;
  Result<std::int64_t> forget(const HistoryLimits& limits, Timestamp now,
                              std::int64_t limit) override;
  Status count_some(Census& census, std::int64_t rows) const override;

 private:
  Result<std::optional<Command>> next_when_idle(const EnrollmentId& id, Timestamp now);
  Result<std::optional<Command>> hand_out(std::optional<SealedOffer> offer) const;
  Result<std::vector<Refusal>> enqueue_for_many(std::span<const std::string> enrollment_ids,
                                                const struct NewCommand& command);
  // The next two want expanding_ held.
  Status expand(SqlNumber command_key, const std::vector<SqlNumber>& targets);
  Status finish_expansions();
  Result<std::int64_t> cancel_for_all(const CommandPlace& place, Timestamp now);

  const SqlContext& context_;
  // One command for many at a time: two would only make each other slower.
  std::mutex expanding_;
};

}  // namespace bramley
