#pragma once

#include <memory>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "server/config.h"
#include "server/service/certificate_binding_service.h"
#include "server/service/declaration_hook.h"
#include "server/service/dismissal_service.h"
#include "server/service/enrollment_service.h"
#include "server/service/event_publishing_service.h"
#include "server/service/re_enrollment_service.h"
#include "server/service/renewal_service.h"
#include "server/service/unlock_token_service.h"
#include "server/service/user_authentication_service.h"
#include "server/store/store.h"

namespace bramley {

// What happens when a device speaks, as the configuration wants it: the core, and around it who a
// message must pass. A device that is not bound to its enrollment gets no further than the binding.
class MdmServices {
 public:
  struct Ports {
    Store& store;
    EventBell& bell;
    const EventAudience& audience;
    EnrollmentProfileService& profiles;
    RenewalHints& renewal_hints;
    // To the server of declarative management; null: it is nobody's.
    std::unique_ptr<HttpClient> declarations;
    const Clock& clock;
    Random& random;
    Log& log;
    Metrics& metrics;
  };
  // Takes the keys for declarative management out of `config`. Errors: of the users file.
  static Result<std::unique_ptr<MdmServices>> build(ServerConfig& config, Ports ports);

  // Reads the users file again. One that is bad is logged, and the users of before stay.
  void reload();
  // For the handler of devices' messages.
  MdmService& outermost() { return *binding_; }

 private:
  void build_core(ServerConfig& config, Ports& ports);
  Status add_user_authentication(const ServerConfig& config, const Ports& ports);
  void add_events(const Ports& ports);

  std::filesystem::path users_file_;  // empty: nobody is asked for a digest
  Log* log_ = nullptr;
  std::unique_ptr<DeclarationHook> declarations_;
  std::unique_ptr<EnrollmentService> enrollment_;
  std::unique_ptr<UnlockTokenService> unlock_tokens_;
  std::unique_ptr<UserAuthenticationService> user_authentication_;
  std::unique_ptr<EventPublishingService> publishing_;
  std::unique_ptr<DismissalService> dismissal_;
  std::unique_ptr<RenewalService> renewal_;
  std::unique_ptr<ReEnrollmentService> re_enrollment_;
  std::unique_ptr<CertificateBindingService> binding_;
  MdmService* outermost_so_far_ = nullptr;
};

}  // namespace bramley
