#pragma once

#include "cli/command_tree.h"

namespace bramley {

// Verbs of `mdmcert` with files of their own.
void add_mdmcert_request(CommandNode& mdmcert);
void add_mdmcert_decrypt(CommandNode& mdmcert);

}  // namespace bramley
