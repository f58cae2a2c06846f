#include "server/http/enrollment_profiles_api.h"

#include "server/http/api_documents.h"
#include "server/http/enroll_handler.h"
#include "server/http/error_response.h"
#include "server/http/limits.h"
#include "server/http/paging.h"
#include "server/http/query_parameters.h"

namespace bramley {
namespace {

constexpr std::chrono::seconds challenge_ttl = std::chrono::hours(1);
constexpr std::chrono::seconds token_ttl = std::chrono::hours(24);

Result<EnrollmentTokenTerms> parse_token_terms(ByteView json) {
  TRY_ASSIGN(auto body, JsonObject::parse(json));
  TRY_ASSIGN(auto note, body.take_text("note", limits::text_field));
  TRY_ASSIGN(const auto ttl, body.take_ttl("ttl"));
  TRY_ASSIGN(const auto max_uses, body.take_integer("max_uses", 0, limits::most_token_uses));
  TRY_ASSIGN(auto device, body.take_restriction());
  TRY(body.finish());
  return EnrollmentTokenTerms{std::move(note).value_or(""), ttl.value_or(token_ttl),
                              max_uses.value_or(1), std::move(device)};
}

}  // namespace

void EnrollmentProfilesApi::add_routes(Router& router) {
  router.add("POST", "/api/v1/enrollment-profiles", limits::admin_body, *this,
             &EnrollmentProfilesApi::make_profile);
  router.add("POST", "/api/v1/scep-challenges", limits::admin_body, *this,
             &EnrollmentProfilesApi::make_challenge);
  router.add("POST", "/api/v1/enrollment-tokens", limits::admin_body, *this,
             &EnrollmentProfilesApi::make_token);
  router.add("GET", "/api/v1/enrollment-tokens", 0, *this, &EnrollmentProfilesApi::list_tokens,
             {limit_parameter, cursor_parameter});
  router.add("DELETE", "/api/v1/enrollment-tokens/{id}", limits::ignored_body, *this,
             &EnrollmentProfilesApi::delete_token);
}

Result<HttpResponse> EnrollmentProfilesApi::make_profile(const RoutedRequest& request) {
  TRY_ASSIGN(auto body, JsonObject::parse(request.http.body));
  TRY_ASSIGN(const auto ttl, body.take_ttl("ttl"));
  TRY_ASSIGN(auto organization, body.take_text("organization", limits::text_field));
  TRY_ASSIGN(auto topic, body.take_text("topic", limits::id_field));
  TRY_ASSIGN(auto device, body.take_restriction());
  TRY(body.finish());
  const ProfileRequest wanted{std::move(device), std::move(topic).value_or(""),
                              std::move(organization).value_or("")};
  TRY_ASSIGN(auto profile, profiles_.make_profile(wanted, ttl.value_or(challenge_ttl)));
  return profile_response(201, std::move(profile));
}

Result<HttpResponse> EnrollmentProfilesApi::make_challenge(const RoutedRequest& request) {
  TRY_ASSIGN(auto body, JsonObject::parse(request.http.body));
  TRY_ASSIGN(const auto ttl, body.take_ttl("ttl"));
  TRY_ASSIGN(const auto device, body.take_restriction());
  TRY(body.finish());
  TRY_ASSIGN(const auto made, profiles_.make_challenge(ttl.value_or(challenge_ttl), device));
  return json_response(201, {{"challenge", made.challenge.reveal_text()},
                             {"expires_at", json_time(made.expires_at)},
                             {"restricted_to", json_restriction(device)}});
}

Result<HttpResponse> EnrollmentProfilesApi::make_token(const RoutedRequest& request) {
  TRY_ASSIGN(const auto terms, parse_token_terms(request.http.body));
  TRY_ASSIGN(const auto made, profiles_.make_token(terms));
  Json document = enrollment_token_document(made.token);
  // The only time that anybody sees these two: the store has a hash.
  document["token"] = made.secret.reveal_text();
  document["url"] = made.url;
  return json_response(201, document);
}

Result<HttpResponse> EnrollmentProfilesApi::list_tokens(const RoutedRequest& request) {
  TRY_ASSIGN(const auto page, page_request(request.http, "enrollment_tokens"));
  TRY_ASSIGN(const auto found, store_.list_enrollment_tokens(page));
  return json_response(200, page_document("enrollment_tokens", found, enrollment_token_document));
}

Result<HttpResponse> EnrollmentProfilesApi::delete_token(const RoutedRequest& request) {
  TRY(store_.delete_enrollment_token(request.path.get("id")));
  return no_content_response();
}

}  // namespace bramley
