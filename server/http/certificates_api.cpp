#include "server/http/certificates_api.h"

#include <array>

#include "server/http/api_documents.h"
#include "server/http/error_response.h"
#include "server/http/limits.h"
#include "server/http/paging.h"
#include "server/http/query_parameters.h"

namespace bramley {
namespace {

constexpr std::array<std::pair<std::string_view, RevocationReason>, 6> reasons = {
    {{"unspecified", RevocationReason::unspecified},
     {"key_compromise", RevocationReason::key_compromise},
     {"affiliation_changed", RevocationReason::affiliation_changed},
     {"superseded", RevocationReason::superseded},
     {"cessation_of_operation", RevocationReason::cessation_of_operation},
     {"privilege_withdrawn", RevocationReason::privilege_withdrawn}}};

Result<RevocationReason> parse_reason(ByteView json) {
  TRY_ASSIGN(auto body, JsonObject::parse(json));
  TRY_ASSIGN(const auto text, body.take_text("reason", limits::id_field));
  TRY(body.finish());
  const std::string name = text.value_or("unspecified");
  for (const auto& [word, reason] : reasons) {
    if (word == name) {
      return reason;
    }
  }
  return Error{ErrorCode::malformed, "\"reason\" is none of RFC 5280's: " + name,
               "unspecified, key_compromise, affiliation_changed, superseded, "
               "cessation_of_operation or privilege_withdrawn"};
}

}  // namespace

void CertificatesApi::add_routes(Router& router) {
  router.add("GET", "/api/v1/certificates", 0, *this, &CertificatesApi::list,
             {"device", limit_parameter, cursor_parameter});
  router.add("POST", "/api/v1/certificates/{id}/revoke", limits::admin_body, *this,
             &CertificatesApi::revoke);
}

Result<HttpResponse> CertificatesApi::list(const RoutedRequest& request) {
  TRY_ASSIGN(const auto page, page_request(request.http, "certificates"));
  const std::string device = request.http.query("device").value_or("");
  TRY_ASSIGN(const auto found, certificates_.list_issued(device, page));
  return json_response(200, page_document("certificates", found, certificate_document));
}

Result<HttpResponse> CertificatesApi::revoke(const RoutedRequest& request) {
  const std::string& id = request.path.get("id");
  const auto fingerprint = Fingerprint::from_hex(id);
  if (!fingerprint) {
    return Error{ErrorCode::not_found, "no certificate " + id,
                 "the id of a certificate is its SHA-256 in 64 hexadecimal digits"};
  }
  TRY_ASSIGN(const RevocationReason reason, parse_reason(request.http.body));
  TRY(certificates_.revoke(*fingerprint, reason, clock_.now()));
  log_.warn("identity certificate revoked",
            {{"fingerprint", fingerprint->hex()}, {"trace_id", std::string(request.trace_id)}});
  TRY_ASSIGN(const auto record, certificates_.find_record(*fingerprint));
  // One of another authority has no record here.
  return record ? json_response(200, certificate_document(*record)) : no_content_response();
}

}  // namespace bramley
