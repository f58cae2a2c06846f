#pragma once

#include "server/store/push_schedule.h"
#include "server/store/sql_context.h"

namespace bramley {

class SqlPushSchedule : public PushSchedule {
 public:
  explicit SqlPushSchedule(const SqlContext& context) : context_(context) {}
  Result<std::vector<DuePush>> claim(Timestamp now, std::size_t limit, Timestamp lease_end,
                                     std::int64_t ticket) override;
  Status settle(std::span<const PushSettlement> settlements, Timestamp now) override;
  Result<std::optional<Timestamp>> next_due() const override;
  Result<std::vector<Result<DuePush>>> addresses(
      std::span<const std::string> enrollment_ids) const override;

 private:
  const SqlContext& context_;
};

}  // namespace bramley
