#pragma once

#include "server/http/router.h"
#include "server/service/api_token_service.h"

namespace bramley {

// /api/v1/tokens: what lets programs in.
class TokensApi {
 public:
  TokensApi(TokenStore& store, const Clock& clock, Random& random, Log& log)
      : store_(store), service_(store, clock, random, log) {}
  void add_routes(Router& router);

 private:
  Result<HttpResponse> make(const RoutedRequest& request);
  Result<HttpResponse> list(const RoutedRequest& request);
  Result<HttpResponse> show(const RoutedRequest& request);
  Result<HttpResponse> revoke(const RoutedRequest& request);

  TokenStore& store_;
  ApiTokenService service_;
};

}  // namespace bramley
