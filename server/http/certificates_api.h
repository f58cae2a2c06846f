#pragma once

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/http/router.h"
#include "server/store/certificate_store.h"

namespace bramley {

// /api/v1/certificates: the identities that the SCEP CA issued, and their end.
class CertificatesApi {
 public:
  CertificatesApi(CertificateStore& certificates, const Clock& clock, Log& log)
      : certificates_(certificates), clock_(clock), log_(log) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> list(const RoutedRequest& request);
  Result<HttpResponse> revoke(const RoutedRequest& request);

  CertificateStore& certificates_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace bramley
