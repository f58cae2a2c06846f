#include "server/http/tokens_api.h"

#include "server/http/api_documents.h"
#include "server/http/error_response.h"
#include "server/http/limits.h"
#include "server/http/paging.h"
#include "server/http/query_parameters.h"

namespace bramley {
namespace {

Json token_document(const ApiToken& token) {
  Json types = nullptr;
  if (!token.request_types.empty()) {
    types = token.request_types;
  }
  return {{"id", token.name.id},
          {"name", token.name.name},
          {"role", api_role_name(token.role)},
          {"request_types", std::move(types)},
          {"created_at", json_time(token.created_at)},
          {"created_by", token_name_document(token.created_by)},
          {"expires_at", json_time(token.expires_at)},
          {"last_used_at", json_time(token.last_used_at)},
          {"revoked_at", json_time(token.revoked_at)}};
}

// Empty: all.
Result<std::vector<std::string>> take_types(JsonObject& body) {
  const auto types = body.take_texts("request_types");
  if (!types) {
    return types.error();
  }
  if (!*types) {
    return std::vector<std::string>();
  }
  if ((*types)->empty()) {
    return Error{ErrorCode::malformed, "\"request_types\" must name at least one",
                 "leave it out for all"};
  }
  return **types;
}

Result<ApiTokenTerms> parse_terms(ByteView json) {
  TRY_ASSIGN(auto body, JsonObject::parse(json));
  TRY_ASSIGN(auto name, body.take_text("name", limits::id_field));
  TRY_ASSIGN(const auto role, body.take_text("role", limits::id_field));
  TRY_ASSIGN(const auto ttl, body.take_ttl("ttl"));
  TRY_ASSIGN(auto types, take_types(body));
  TRY(body.finish());
  const auto parsed = parse_api_role(role.value_or(""));
  if (!parsed) {
    return Error{ErrorCode::malformed, "\"role\" must be reader, operator or admin"};
  }
  return ApiTokenTerms{std::move(name).value_or(""), *parsed, std::move(types), ttl};
}

}  // namespace

void TokensApi::add_routes(Router& router) {
  router.add("POST", "/api/v1/tokens", limits::admin_body, *this, &TokensApi::make);
  router.add("GET", "/api/v1/tokens", 0, *this, &TokensApi::list,
             {limit_parameter, cursor_parameter});
  router.add("GET", "/api/v1/tokens/{id}", 0, *this, &TokensApi::show);
  router.add("DELETE", "/api/v1/tokens/{id}", limits::ignored_body, *this, &TokensApi::revoke);
}

Result<HttpResponse> TokensApi::make(const RoutedRequest& request) {
  TRY_ASSIGN(const auto terms, parse_terms(request.http.body));
  TRY_ASSIGN(const auto made, service_.make(terms, request.caller));
  Json document = token_document(made.token);
  // The only time that anybody sees it: the store has a hash.
  document["token"] = made.secret.reveal_text();
  return json_response(201, document);
}

Result<HttpResponse> TokensApi::list(const RoutedRequest& request) {
  TRY_ASSIGN(const auto page, page_request(request.http, "tokens"));
  TRY_ASSIGN(const auto found, store_.list(page));
  return json_response(200, page_document("tokens", found, token_document));
}

Result<HttpResponse> TokensApi::show(const RoutedRequest& request) {
  TRY_ASSIGN(const auto found, store_.show(request.path.get("id")));
  if (!found) {
    return Error{ErrorCode::not_found, "no such token", "'bramley token list' shows them"};
  }
  return json_response(200, token_document(*found));
}

Result<HttpResponse> TokensApi::revoke(const RoutedRequest& request) {
  TRY_ASSIGN(const auto revoked, service_.revoke(request.path.get("id"), request.caller));
  return json_response(200, token_document(revoked));
}

}  // namespace bramley
