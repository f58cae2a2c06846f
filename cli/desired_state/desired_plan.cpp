#include "cli/desired_state/desired_plan.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "cli/input.h"

namespace bramley {

Status DesiredPlan::read(const std::string& file, const Environment& environment) {
  TRY_ASSIGN(const Bytes content, read_input(file));
  TRY_ASSIGN(const auto objects, parse_desired_state(content, file));
  const std::filesystem::path folder =
      file == "-" ? std::filesystem::path() : std::filesystem::path(file).parent_path();
  for (const DesiredValue& object : objects) {
    TRY(take(object, {folder, environment}));
  }
  return {};
}

Status DesiredPlan::take(const DesiredValue& object, const DesiredReading& reading) {
  DesiredFields fields(object);
  std::vector<std::string> names;
  for (const auto& kind : kinds_) {
    names.emplace_back(kind->name());
  }
  TRY(fields.take_required_text("kind"));
  TRY_ASSIGN(const std::string name, fields.take_choice("kind", names));
  const auto kind =
      std::ranges::find_if(kinds_, [&](const auto& one) { return one->name() == name; });
  TRY((*kind)->read(fields, reading));
  TRY(fields.finish());
  present_.push_back(kind->get());
  return {};
}

Result<std::vector<PlannedStep>> DesiredPlan::steps(ApiClient& api, Others others) {
  std::map<PlannedStep::Action, std::vector<PlannedStep>> by_action;
  for (const auto& kind : kinds_) {
    if (std::ranges::find(present_, kind.get()) == present_.end()) {
      continue;
    }
    TRY_ASSIGN(auto steps, kind->compare(api));
    for (PlannedStep& step : steps) {
      by_action[step.action].push_back(std::move(step));
    }
  }
  if (others == Others::leave_alone) {
    by_action.erase(PlannedStep::Action::remove);
  }
  std::vector<PlannedStep> all;
  for (auto& [action, steps] : by_action) {
    std::ranges::move(steps, std::back_inserter(all));
  }
  return all;
}

}  // namespace bramley
