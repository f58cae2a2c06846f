#pragma once

#include <vector>

#include "server/store/push_schedule.h"
#include "server/store/sql_values.h"
#include "server/store/sql_writer.h"

namespace bramley {

// What the queue's and the enrollments' transactions do to the schedule of pushes. Private to the
// folder.

// A command was queued for them.
void order_pushes(WriteTransaction& transaction, const std::vector<SqlNumber>& enrollment_keys,
                  const PushOrder& push, Timestamp now);
// A report was recorded, and there is nothing to offer: all is settled, or put off by the device.
void push_later_or_never(WriteTransaction& transaction, SqlNumber enrollment_key, Timestamp now);
// A TokenUpdate came: whoever waits can be told again.
void push_with_new_token(WriteTransaction& transaction, SqlNumber enrollment_key, Timestamp now);

}  // namespace bramley
