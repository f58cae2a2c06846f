#include "cli/commands/mdmcert.h"

#include "cli/commands/commands.h"

namespace bramley {

void add_mdmcert(CommandNode& root) {
  CommandNode& mdmcert =
      root.add("mdmcert", "Have mdmcert.download, or a service like it, sign a push request");
  add_mdmcert_request(mdmcert);
  add_mdmcert_decrypt(mdmcert);
}

}  // namespace bramley
