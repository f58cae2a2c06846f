#include "server/service/command_service.h"

#include <unordered_set>

#include "server/service/renewal_command.h"
#include "server/store/inventory_store.h"

namespace bramley {
namespace {

// In the order they were first named. The views point into `targets`.
std::vector<std::string> without_repeats(std::span<const std::string> targets) {
  std::unordered_set<std::string_view> seen;
  seen.reserve(targets.size());
  std::vector<std::string> unique;
  unique.reserve(targets.size());
  for (const std::string& target : targets) {
    if (seen.insert(target).second) {
      unique.push_back(target);
    }
  }
  return unique;
}

std::vector<std::string> without_refused(std::vector<std::string> targets,
                                         const std::vector<CommandQueue::Refusal>& refused) {
  std::unordered_set<std::string_view> gone;
  gone.reserve(refused.size());
  for (const CommandQueue::Refusal& refusal : refused) {
    gone.insert(refusal.enrollment_id);
  }
  std::erase_if(targets, [&gone](const std::string& id) { return gone.contains(id); });
  return targets;
}

Status check_uuid(std::string_view uuid) {
  for (const std::string_view own : {renewal_command_prefix, inventory_command_prefix}) {
    if (uuid.starts_with(own)) {
      return Error{ErrorCode::malformed,
                   "queue command: a CommandUUID that begins with '" + std::string(own) +
                       "' is the server's own",
                   "give it another CommandUUID"};
    }
  }
  return {};
}

}  // namespace

PushOrder CommandService::order_for(AfterQueueing then) {
  switch (then) {
    case AfterQueueing::push:
      return {PushOrder::By::caller, pushes_.ticket()};
    case AfterQueueing::wake:
      return {PushOrder::By::dispatcher};
    case AfterQueueing::no_push:
      break;
  }
  return {PushOrder::By::nobody};
}

Result<QueuedCommand> CommandService::send(std::span<const std::string> targets, ByteView plist,
                                           AfterQueueing then, const CommandTerms& terms,
                                           const ApiCaller& caller) {
  if (targets.empty()) {
    return Error{ErrorCode::malformed, "queue command: no targets"};
  }
  auto command = parse_command(plist);
  if (!command) {
    return std::move(command).error().while_doing("read command");
  }
  TRY(check_uuid(command->uuid));
  TRY(caller.may_command(command->request_type));
  std::vector<std::string> unique = without_repeats(targets);
  QueuedCommand outcome{command->uuid, command->request_type, clock_.now(), unique.size(), {}, {}};
  const PushOrder order = order_for(then);
  CommandTerms ordered = terms;
  ordered.push = order;
  ordered.created_by = caller.token;
  auto refused = queue_.enqueue(unique, *command, outcome.created_at, ordered);
  if (!refused) {
    return std::move(refused).error().while_doing("queue command");
  }
  outcome.refused = *std::move(refused);
  log_.info("command queued", {{"command_uuid", outcome.uuid},
                               {"request_type", outcome.request_type},
                               {"queued", std::to_string(outcome.queued())},
                               {"refused", std::to_string(outcome.refused.size())},
                               {"token_id", caller.token.id},
                               {"token_name", caller.token.name}});
  if (then == AfterQueueing::push && outcome.queued() > 0) {
    outcome.pushes =
        pushes_.push(without_refused(std::move(unique), outcome.refused), order.ticket);
  }
  if (then == AfterQueueing::wake && outcome.queued() > 0) {
    pushes_.wake();
  }
  return outcome;
}

}  // namespace bramley
