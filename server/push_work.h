#pragma once

#include <memory>

#include "core/apns/push_provider.h"
#include "core/base/random.h"
#include "server/config.h"
#include "server/credentials/credential_source.h"
#include "server/service/apns_push_service.h"
#include "server/service/push_dispatcher.h"
#include "server/store/push_schedule.h"

namespace bramley {

// What wakes devices: Apple's push service, the dispatcher in the background, and the service that
// callers ask.
class PushWork {
 public:
  struct Ports {
    PushSchedule& schedule;
    const CredentialSource& credentials;
    const Clock& clock;
    Random& random;
    Log& log;
  };
  // Errors: of the file with the push service's roots.
  static Result<std::unique_ptr<PushWork>> build(const ServerConfig& config, const Ports& ports);

  PushService& service() { return *service_; }
  [[nodiscard]] const PushCounters& counters() const { return dispatcher_->counters(); }
  void start() { dispatcher_->start(); }
  // Waits for what is under way.
  void stop() { dispatcher_->stop(); }

 private:
  std::unique_ptr<PushDispatcher> dispatcher_;
  // After the dispatcher, to go before it: it answers as it goes.
  std::unique_ptr<PushProvider> provider_;
  std::unique_ptr<PushService> service_;
};

}  // namespace bramley
