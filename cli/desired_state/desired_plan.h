#pragma once

#include <string>
#include <vector>

#include "cli/desired_state/desired_kind.h"

namespace bramley {

// What files ask for, and what has to be done for it.
class DesiredPlan {
 public:
  DesiredPlan() : kinds_(make_desired_kinds()) {}

  // All objects of a file ("-": standard input). malformed, with the place; unavailable: the file
  // cannot be read.
  Status read(const std::string& file, const Environment& environment);

  // prune: also what is on the server and in no file, of the kinds that the files have.
  enum class Others { leave_alone, prune };
  // Removals first, so that names and URLs are free again; changes; and then what is new.
  Result<std::vector<PlannedStep>> steps(ApiClient& api, Others others);

 private:
  Status take(const DesiredValue& object, const DesiredReading& reading);

  std::vector<std::unique_ptr<DesiredKind>> kinds_;
  std::vector<const DesiredKind*> present_;
};

}  // namespace bramley
