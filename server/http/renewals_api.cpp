#include "server/http/renewals_api.h"

#include "server/http/api_documents.h"
#include "server/http/error_response.h"
#include "server/http/limits.h"
#include "server/http/paging.h"
#include "server/http/query_parameters.h"

namespace bramley {
namespace {

constexpr std::chrono::hours approval_lifetime(24);

Json moment(const std::optional<Timestamp>& time) {
  return time ? Json(format_rfc3339(*time)) : Json(nullptr);
}
Json fingerprint(const std::optional<Fingerprint>& certificate) {
  return certificate ? Json(certificate->hex()) : Json(nullptr);
}

Json renewal_document(const Renewal& renewal) {
  return {{"id", renewal.device_id},
          {"state", renewal_state_name(renewal.state)},
          {"origin", renewal_origin_name(renewal.origin)},
          {"begun_at", format_rfc3339(renewal.begun_at)},
          {"attempts", renewal.attempts},
          {"command_uuid", json_text(renewal.command_uuid)},
          {"identity_not_after", moment(renewal.identity_not_after)},
          {"old_certificate", fingerprint(renewal.old_certificate)},
          {"new_certificate", fingerprint(renewal.new_certificate)},
          {"delivered_at", moment(renewal.delivered_at)},
          {"acknowledged_at", moment(renewal.acknowledged_at)},
          {"used_at", moment(renewal.used_at)},
          {"failed_at", moment(renewal.failed_at)},
          {"error", json_text(renewal.error)},
          {"next_at", moment(renewal.next_at)}};
}

Result<RenewalFilter> renewal_filter(const HttpRequest& request) {
  RenewalFilter filter;
  if (const auto state = request.query("state")) {
    const auto parsed = parse_renewal_state(*state);
    if (!parsed) {
      return Error{ErrorCode::malformed,
                   "\"state\" must be due, sent, failed, proving, proven, done or cancelled"};
    }
    filter.state = *parsed;
  }
  filter.device_id = request.query("device").value_or("");
  return filter;
}

}  // namespace

void RenewalsApi::add_routes(Router& router) {
  router.add("GET", "/api/v1/renewals", 0, *this, &RenewalsApi::list,
             {"state", "device", limit_parameter, cursor_parameter});
  router.add("GET", "/api/v1/enrollments/{id}/renewal", 0, *this, &RenewalsApi::show);
  router.add("POST", "/api/v1/enrollments/{id}/renewal", limits::ignored_body, *this,
             &RenewalsApi::open);
  router.add("POST", "/api/v1/enrollments/{id}/approval", limits::ignored_body, *this,
             &RenewalsApi::approve);
}

Result<HttpResponse> RenewalsApi::list(const RoutedRequest& request) {
  TRY_ASSIGN(const auto filter, renewal_filter(request.http));
  TRY_ASSIGN(const auto page, page_request(request.http, "renewals"));
  TRY_ASSIGN(const auto found, renewals_.list(filter, page));
  return json_response(200, page_document("renewals", found, renewal_document));
}

Result<HttpResponse> RenewalsApi::show(const RoutedRequest& request) {
  TRY_ASSIGN(const auto found, renewals_.find(request.path.get("id")));
  if (!found) {
    return Error{ErrorCode::not_found, "this device's identity was never renewed"};
  }
  return json_response(200, renewal_document(*found));
}

Result<HttpResponse> RenewalsApi::open(const RoutedRequest& request) {
  if (renewal_ == Renewal::impossible) {
    return Error{ErrorCode::conflict, "SCEP is off, so no identity can be issued",
                 "start the server with `--scep on`"};
  }
  TRY_ASSIGN(const auto opened, renewals_.open(request.path.get("id"), clock_.now()));
  return json_response(202, renewal_document(opened));
}

Result<HttpResponse> RenewalsApi::approve(const RoutedRequest& request) {
  const std::string id(request.path.get("id"));
  const Timestamp until = clock_.now() + approval_lifetime;
  TRY(renewals_.approve(id, until));
  return json_response(200, {{"id", id}, {"approved_until", format_rfc3339(until)}});
}

}  // namespace bramley
