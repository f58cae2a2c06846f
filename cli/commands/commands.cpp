#include "cli/commands/commands.h"

namespace bramley {

void add_all_commands(CommandNode& root) {
  add_serve(root);
  add_csr(root);
  add_mdmcert(root);
  add_vendor(root);
  add_push_cert(root);
  add_ca(root);
  add_profile(root);
  add_device(root);
  add_command(root);
  add_push(root);
  add_webhook(root);
  add_event(root);
  add_apply(root);
  add_export(root);
  add_doctor(root);
  add_simulate(root);
  add_token(root);
  add_context(root);
  add_api(root);
  add_completion(root);
  add_version(root);
  add_help(root);
}

}  // namespace bramley
