#include "cli/desired_state/desired_kind.h"

#include "cli/desired_state/webhook_kind.h"

namespace bramley {

std::string_view action_name(PlannedStep::Action action) {
  switch (action) {
    case PlannedStep::Action::remove:
      return "remove";
    case PlannedStep::Action::change:
      return "change";
    case PlannedStep::Action::create:
      return "create";
    case PlannedStep::Action::leave:
      return "leave";
  }
  return "";
}

std::vector<std::unique_ptr<DesiredKind>> make_desired_kinds() {
  std::vector<std::unique_ptr<DesiredKind>> kinds;
  kinds.push_back(std::make_unique<WebhookKind>());
  return kinds;
}

}  // namespace bramley
