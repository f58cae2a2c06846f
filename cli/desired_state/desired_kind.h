#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/api_client.h"
#include "cli/desired_state/desired_fields.h"
#include "cli/secret_reference.h"

namespace bramley {

// One key of an object that is otherwise on the server. As people read it; never a secret.
struct DesiredDifference {
  std::string key;
  std::string from;
  std::string to;
};

// What has to be done about one object.
struct PlannedStep {
  enum class Action { remove, change, create, leave };
  Action action = Action::leave;
  std::string kind;
  std::string name;
  std::vector<DesiredDifference> differences = {};  // of `change`
  std::function<Status(ApiClient&)> perform = {};   // none: nothing
};
std::string_view action_name(PlannedStep::Action action);

struct DesiredReading {
  std::filesystem::path folder;  // what relative names of files are relative to
  const Environment& environment;
};

// A kind of objects that files can ask for.
class DesiredKind {
 public:
  virtual ~DesiredKind() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Takes one object in; `kind` was taken already. malformed, with the place: it is wrong, or one
  // of that name was there before.
  virtual Status read(DesiredFields& fields, const DesiredReading& reading) = 0;
  // What was read, against what the server has: a step each, and one (remove) for what is on the
  // server alone. Changes nothing.
  virtual Result<std::vector<PlannedStep>> compare(ApiClient& api) = 0;
  // What the server has, as objects that `read` takes and for which there is nothing to do.
  virtual Result<std::vector<Json>> write(ApiClient& api) = 0;
};

// All of them, in the order in which plans and exports have them.
std::vector<std::unique_ptr<DesiredKind>> make_desired_kinds();

}  // namespace bramley
