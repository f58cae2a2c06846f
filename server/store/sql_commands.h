#pragma once

#include "server/store/command_queue.h"
#include "server/store/sql_context.h"

namespace bramley {

class SqlCommands : public CommandQueue {
 public:
  explicit SqlCommands(const SqlContext& context) : context_(context) {}
  Result<std::vector<Refusal>> enqueue(std::span<const std::string> enrollment_ids,
                                       const Command& command, Timestamp now) override;
  Result<std::optional<Command>> settle_and_next(const CommandReport& report,
                                                 Timestamp now) override;
  Result<std::optional<CommandSummary>> find(std::string_view uuid) const override;
  Result<std::optional<Command>> command(std::string_view uuid) const override;
  Result<Page<CommandSummary>> list(const CommandFilter& filter,
                                    const PageRequest& page) const override;
  Result<Page<CommandDelivery>> results(std::string_view uuid,
                                        const PageRequest& page) const override;
  Result<Page<CommandDelivery>> queue(std::string_view enrollment_id,
                                      const PageRequest& page) const override;
  Status count_some(Census& census, std::int64_t rows) const override;
  Status clear(std::string_view enrollment_id, Timestamp now) override;

 private:
  Result<std::optional<Command>> next_when_idle(const EnrollmentId& id);
  const SqlContext& context_;
};

}  // namespace bramley
