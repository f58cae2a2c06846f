#pragma once

#include "cli/command_tree.h"

namespace bramley {

struct AuthorityFiles;

// One function a file: it declares a command, or a noun with its verbs, below the root. A new
// command is a new file, a line here and a line in commands.cpp.
void add_api(CommandNode& root);
void add_apply(CommandNode& root);
void add_ca(CommandNode& root);
void add_command(CommandNode& root);
void add_completion(CommandNode& root);
void add_context(CommandNode& root);
void add_csr(CommandNode& root);
void add_device(CommandNode& root);
void add_doctor(CommandNode& root);
void add_event(CommandNode& root);
void add_export(CommandNode& root);
void add_help(CommandNode& root);
void add_mdmcert(CommandNode& root);
void add_profile(CommandNode& root);
void add_push(CommandNode& root);
void add_push_cert(CommandNode& root);
void add_serve(CommandNode& root);
void add_simulate(CommandNode& root);
void add_token(CommandNode& root);
void add_vendor(CommandNode& root);
void add_version(CommandNode& root);
void add_webhook(CommandNode& root);

// Verbs with a file of their own, below their noun.
void add_ca_issue(CommandNode& ca);
void add_command_build(CommandNode& command);
void add_command_explain(CommandNode& command);
void add_command_results(CommandNode& command);
void add_command_send(CommandNode& command);
void add_command_types(CommandNode& command);
void add_command_validate(CommandNode& command);
void add_command_cancel(CommandNode& command);
void add_device_renewals(CommandNode& device);
void add_profile_enrollment(CommandNode& profile);
void add_profile_lint(CommandNode& profile);
void add_profile_sign(CommandNode& profile);
void add_profile_verify(CommandNode& profile);
void add_push_cert_import(CommandNode& push_cert);

// --credentials-dir, or two files: those of a CA to make, or to use.
enum class AuthorityRole { output, input };
void add_authority_flags(CommandNode& node, AuthorityFiles& files, AuthorityRole role);
// malformed: nothing that is valid for so short a time is of use.
Status check_valid_for(std::chrono::seconds valid_for);

// All of them, in the order in which help lists them.
void add_all_commands(CommandNode& root);

}  // namespace bramley
