#include "core/catalogue/command_rules.h"

#include <algorithm>

#include "core/catalogue/command_content.h"
#include "core/catalogue/command_terms.h"

namespace bramley {

std::vector<CommandFinding> check_command(const CommandCatalogue& catalogue,
                                          const PlistDictionary& command,
                                          const std::vector<CommandTarget>& targets) {
  const PlistValue* type = command.find("RequestType");
  const std::string* name = type == nullptr ? nullptr : type->string();
  if (name == nullptr || name->empty()) {
    return {{CommandFinding::Severity::fault, "RequestType", "is missing: expected a string"}};
  }
  const CommandDescription* description = catalogue.find(*name);
  if (description == nullptr) {
    const auto similar = catalogue.similar(*name);
    return {{CommandFinding::Severity::doubt, "",
             *name + " is not among the commands known here, so nothing of it was checked",
             similar ? "did you mean " + *similar + "?" : ""}};
  }
  std::vector<CommandFinding> findings;
  check_terms(catalogue, *description, targets, findings);
  check_content(catalogue, *description, command, targets, findings);
  check_meaning(*description, command, targets, findings);
  return findings;
}

bool has_fault(const std::vector<CommandFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const CommandFinding& finding) {
    return finding.severity == CommandFinding::Severity::fault;
  });
}

}  // namespace bramley
