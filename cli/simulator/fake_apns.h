#pragma once

#include <memory>
#include <string>

#include "cli/simulator/apns_faults.h"
#include "cli/simulator/push_mailbox.h"
#include "cli/simulator/simulation_statistics.h"
#include "core/base/random.h"
#include "core/base/secret_bytes.h"

namespace bramley {

struct FakeApnsOptions {
  std::string address;     // numeric
  std::uint16_t port = 0;  // 0: a free one
  std::string certificate_pem;
  SecretBytes key_pem;
};

// What all connections share; everything outlives the server.
struct FakeApnsSurroundings {
  PushMailbox& mailbox;
  ApnsFaults& faults;
  SimulationStatistics& statistics;  // counts each push as "push"
  const Clock& clock;
  Random& random;
};

// Apple's push service, as far as MDM sees it: HTTP/2 (RFC 9113) over TLS 1.2 or 1.3 with a client
// certificate required, whose topic decides what may be pushed.
class FakeApns {
 public:
  virtual ~FakeApns() = default;
  // unavailable: the address cannot be listened on. malformed: certificate or key.
  static Result<std::unique_ptr<FakeApns>> start(FakeApnsOptions options,
                                                 const FakeApnsSurroundings& surroundings);
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

}  // namespace bramley
