#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/service/api_caller.h"
#include "server/service/push_service.h"
#include "server/store/command_queue.h"

namespace bramley {

// push: at once, and the outcomes are waited for within a bound; wake: in the background, as many
// as there are; no_push: the devices find it when they come by themselves.
enum class AfterQueueing { push, wake, no_push };

// What became of one call: every target is either queued or refused.
struct QueuedCommand {
  std::string uuid;
  std::string request_type;
  Timestamp created_at;
  std::size_t targets = 0;  // different ids
  std::vector<CommandQueue::Refusal> refused;
  // One per queued target; empty unless they were pushed at once.
  std::vector<PushOutcome> pushes;

  [[nodiscard]] std::size_t queued() const { return targets - refused.size(); }
};

// Commands from administrators into the queues of devices.
class CommandService {
 public:
  CommandService(CommandQueue& queue, PushService& pushes, const Clock& clock, Log& log)
      : queue_(queue), pushes_(pushes), clock_(clock), log_(log) {}

  // Queues the command (a plist, kept byte for byte) for each target, once if it is named twice,
  // and then tells those devices. Returns when the queueing is durable; a failed push undoes
  // nothing. malformed: no command, or no targets. forbidden: the caller may not send that type.
  // conflict: its UUID was used before. Refused targets are no error, even if all are (then nothing
  // is stored).
  Result<QueuedCommand> send(std::span<const std::string> targets, ByteView plist,
                             AfterQueueing then, const CommandTerms& terms = {},
                             const ApiCaller& caller = {});

 private:
  PushOrder order_for(AfterQueueing then);
  CommandQueue& queue_;
  PushService& pushes_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace bramley
