#pragma once

#include <string>

#include "core/base/random.h"
#include "server/credentials/credential_source.h"
#include "server/http/api_authenticator.h"
#include "server/http/listener.h"
#include "server/http/nanomdm_result.h"
#include "server/http/router.h"
#include "server/service/command_service.h"
#include "server/service/escrow_key_unlock.h"
#include "server/service/migration_service.h"
#include "server/service/push_certificate_service.h"

namespace bramley {

// What of NanoMDM's HTTP is there only when it is wanted. Null: not there.
struct NanoMdmExtras {
  MigrationService* migration = nullptr;
  EscrowKeyUnlock* escrow_key_unlock = nullptr;
};

// NanoMDM's API under /v1, /migration and /version, for programs that already speak it (mdm.md
// §1.1, §1.6).
class NanoMdmHandler : public HttpHandler {
 public:
  struct Dependencies {
    CommandService& commands;
    PushService& pushes;
    const CredentialSource& credentials;
    PushCertificateService& push_certificates;
    ApiAuthenticator& authenticator;
    Random& random;
    Log& log;
    std::string version;
    NanoMdmExtras extras = {};
  };
  explicit NanoMdmHandler(Dependencies dependencies);

  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;
  // Every path that it answers, but /version.
  [[nodiscard]] const Router& router() const { return router_; }

 private:
  HttpResponse answer(const HttpRequest& request, std::string_view trace_id);
  HttpResponse refusal(const Error& error, const HttpRequest& request,
                       std::string_view trace_id) const;
  Result<HttpResponse> enqueue(const RoutedRequest& request);
  Result<HttpResponse> push(const RoutedRequest& request);
  Result<HttpResponse> show_push_certificate(const RoutedRequest& request);
  Result<HttpResponse> store_push_certificate(const RoutedRequest& request);
  Result<HttpResponse> migrate(const RoutedRequest& request);
  Result<HttpResponse> unlock_escrow_key(const RoutedRequest& request);
  HttpResponse push_to(const std::vector<std::string>& ids);
  HttpResponse version() const;

  const Dependencies with_;
  Router router_;
};

}  // namespace bramley
