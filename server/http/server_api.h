#pragma once

#include <string>

#include "core/base/clock.h"
#include "server/credentials/credential_source.h"
#include "server/http/router.h"

namespace bramley {

// What a server says about itself.
struct ServerFacts {
  std::string version;
  std::string url;
  std::string organization;
  std::string storage;  // the engine ("sqlite"), never a path or a password
  bool scep = true;
  Timestamp started_at;
};

// /api/v1/server, its push certificates (never a private part) and the description of this API.
class ServerApi {
 public:
  ServerApi(const CredentialSource& credentials, ServerFacts facts)
      : credentials_(credentials), facts_(std::move(facts)) {}
  void add_routes(Router& router);
  [[nodiscard]] bool issues_certificates() const { return facts_.scep; }

 private:
  Result<HttpResponse> server(const RoutedRequest& request);
  Result<HttpResponse> push_certificates(const RoutedRequest& request);
  Result<HttpResponse> openapi(const RoutedRequest& request);

  const CredentialSource& credentials_;
  const ServerFacts facts_;
};

}  // namespace bramley
