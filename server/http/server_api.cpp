#include "server/http/server_api.h"

#include "server/http/api_documents.h"
#include "server/http/error_response.h"
#include "server/http/openapi_document.h"
#include "server/http/paging.h"
#include "server/http/query_parameters.h"

namespace bramley {
namespace {

// Never a private part: the state has none.
Json push_certificate_document(const PushCertificateState& state) {
  const auto& push = state.certificate;
  const bool in_directory = state.origin == CredentialOrigin::directory;
  return {{"id", push ? push->topic : state.location},
          {"topic", json_text(push ? push->topic : "")},
          {"not_after", push ? json_time(push->certificate.not_after()) : Json(nullptr)},
          {"sha256", push ? Json(push->certificate.fingerprint().hex()) : Json(nullptr)},
          {"source", in_directory ? "directory" : "environment"},
          {"location", state.location},
          {"apple_account", json_text(state.apple_account)},
          {"fault", json_text(state.fault)}};
}

}  // namespace

void ServerApi::add_routes(Router& router) {
  router.add("GET", "/api/v1/server", 0, *this, &ServerApi::server);
  router.add("GET", "/api/v1/push-certificates", 0, *this, &ServerApi::push_certificates,
             {limit_parameter, cursor_parameter});
  router.add("GET", "/api/v1/openapi.yaml", 0, *this, &ServerApi::openapi);
}

Result<HttpResponse> ServerApi::server(const RoutedRequest&) {
  const auto authority = credentials_.scep_authority();
  return json_response(
      200, {{"version", facts_.version},
            {"url", facts_.url},
            {"organization", facts_.organization},
            {"storage", facts_.storage},
            {"scep", facts_.scep},
            {"ca_sha256",
             authority ? Json(authority->certificate().fingerprint().hex()) : Json(nullptr)},
            {"started_at", json_time(facts_.started_at)}});
}

Result<HttpResponse> ServerApi::push_certificates(const RoutedRequest& request) {
  // All on one page: there is one for each Apple account.
  TRY(check_single_page(request.http, "push_certificates"));
  Json items = Json::array();
  for (const PushCertificateState& state : credentials_.push_certificate_states()) {
    items.push_back(push_certificate_document(state));
  }
  return json_response(200, page_document("push_certificates", std::move(items), ""));
}

Result<HttpResponse> ServerApi::openapi(const RoutedRequest&) {
  HttpResponse response;
  response.headers.set("Content-Type", "application/yaml");  // RFC 9512
  response.body = to_bytes(openapi_document());
  return response;
}

}  // namespace bramley
