#pragma once

#include "cli/command_tree.h"

namespace bramley {

// Verbs of `vendor` with files of their own.
void add_vendor_sign(CommandNode& vendor);
void add_vendor_serve(CommandNode& vendor);
void add_vendor_requests(CommandNode& vendor);
// `vendor verify`, and `csr verify`, which is the same.
void add_request_verify(CommandNode& noun);

}  // namespace bramley
