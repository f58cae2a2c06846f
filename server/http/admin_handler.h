#pragma once

#include "core/base/random.h"
#include "server/http/api_authenticator.h"
#include "server/http/certificates_api.h"
#include "server/http/commands_api.h"
#include "server/http/enrollment_profiles_api.h"
#include "server/http/enrollments_api.h"
#include "server/http/events_api.h"
#include "server/http/listener.h"
#include "server/http/renewals_api.h"
#include "server/http/router.h"
#include "server/http/selections_api.h"
#include "server/http/server_api.h"
#include "server/http/tokens_api.h"
#include "server/http/webhooks_api.h"

namespace bramley {

// Our own API under /api/v1 (docs/openapi.yaml): who may, which part answers, and how errors look.
class AdminHandler : public HttpHandler {
 public:
  struct Dependencies {
    Store& store;
    const CredentialSource& credentials;
    CommandService& commands;
    PushService& pushes;
    EnrollmentProfileService& profiles;
    ApiAuthenticator& authenticator;
    const Clock& clock;
    Random& random;
    Log& log;
    ServerFacts facts;
    EventDoor events = {};
  };
  explicit AdminHandler(Dependencies dependencies);

  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;
  HttpResponse body_too_large(const HttpRequest& head) override;
  // Every path that it answers.
  [[nodiscard]] const Router& router() const { return router_; }

 private:
  HttpResponse answer(const HttpRequest& request, std::string_view trace_id);
  // Of whoever is not let in.
  HttpResponse refusal(const Error& error, const HttpRequest& request, std::string_view trace_id);

  ApiAuthenticator& authenticator_;
  Random& random_;
  Log& log_;
  Followers followers_;
  DeviceSelector selector_;
  EnrollmentsApi enrollments_;
  CommandsApi commands_;
  SelectionsApi selections_;
  EnrollmentProfilesApi profiles_;
  CertificatesApi certificates_;
  ServerApi server_;
  EventsApi events_;
  WebhooksApi webhooks_;
  RenewalsApi renewals_;
  TokensApi tokens_;
  Router router_;
};

}  // namespace bramley
