#pragma once

#include <string>

#include "core/catalogue/command_catalogue.h"

namespace bramley {

// Whether a command takes something away that does not come back by itself: data, a lock's absence,
// a session. The list is in core/catalogue/command_notes.txt, by its mark `destructive`.
inline bool is_destructive(const std::string& request_type) {
  const CommandDescription* const found = CommandCatalogue::apple().find(request_type);
  return found != nullptr && found->destructive;
}

}  // namespace bramley
