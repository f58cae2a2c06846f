#pragma once

#include <string>

#include "cli/json.h"
#include "cli/table.h"

namespace bramley {

// What people need not see, nor others over their shoulder.
enum class Secrets { hidden, shown };

// What a device answered, for people: one result of /api/v1/commands/UUID/results without the
// envelope of its report (Status, UDID…). Data is told by its size, and keys and codes are hidden
// if so wanted. Nothing to add: an empty object.
Json answer_for_people(const Json& result, Secrets secrets);

// Such an answer as text: an outline in which lists of like dictionaries are tables. Escaped.
std::string answer_outline(const Json& answer, LineWidth width);

// "1.2 KiB"
std::string size_in_words(std::size_t bytes);

}  // namespace bramley
