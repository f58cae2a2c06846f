#include "cli/commands/vendor.h"

#include "cli/commands/commands.h"

namespace bramley {

void add_vendor(CommandNode& root) {
  CommandNode& vendor =
      root.add("vendor", "An MDM vendor's side: sign customers' push certificate requests");
  add_vendor_sign(vendor);
  add_request_verify(vendor);
  add_vendor_serve(vendor);
  add_vendor_requests(vendor);
}

}  // namespace bramley
