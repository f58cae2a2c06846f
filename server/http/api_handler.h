#pragma once

#include "core/base/secret_bytes.h"
#include "server/http/admin_handler.h"
#include "server/http/enroll_handler.h"
#include "server/http/health_handler.h"
#include "server/http/nanomdm_handler.h"

namespace bramley {

// Everything that is not for devices' own messages nor SCEP: /api/v1, /v1, /migration and /version,
// /enroll, /healthz and /readyz; 404 for the rest.
class ApiHandler : public HttpHandler {
 public:
  // References must outlive the handler.
  struct Dependencies {
    Store& store;
    const CredentialSource& credentials;
    CommandService& commands;
    PushService& pushes;
    EnrollmentProfileService& profiles;
    PushCertificateService& push_certificates;
    const SecretBytes& api_key;  // hashed at once, and not kept
    const Clock& clock;
    Random& random;
    Log& log;
    ServerFacts facts;
    OpenEnrollment open_enrollment = OpenEnrollment::off;
    EventDoor events = {};
    NanoMdmExtras nanomdm = {};
  };
  explicit ApiHandler(const Dependencies& dependencies);

  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;
  HttpResponse body_too_large(const HttpRequest& head) override;
  // What the administrators' two families answer.
  [[nodiscard]] std::vector<const Router*> admin_routers() const {
    return {&admin_.router(), &nanomdm_.router()};
  }

 private:
  // Null: no family of ours.
  HttpHandler* handler_of(const HttpRequest& request);

  ApiAuthenticator authenticator_;
  AdminHandler admin_;
  NanoMdmHandler nanomdm_;
  EnrollHandler enroll_;
  HealthHandler health_;
};

}  // namespace bramley
