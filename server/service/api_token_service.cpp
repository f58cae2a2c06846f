#include "server/service/api_token_service.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/words.h"
#include "core/crypto/digest.h"

namespace bramley {
namespace {

constexpr std::size_t secret_size = 32;
constexpr std::size_t secret_letters = 43;  // of 32 bytes in base64 without padding
constexpr std::size_t id_size = 8;
constexpr std::chrono::hours usual_ttl{24 * 90};
constexpr std::size_t most_request_types = 100;
// As long as parse_command takes.
constexpr std::size_t longest_request_type = 63;

constexpr std::string_view letters_and_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_request_type(std::string_view name) {
  return !name.empty() && name.size() <= longest_request_type &&
         name.find_first_not_of(std::string(letters_and_digits) + "._-") == std::string_view::npos;
}

Status check_request_types(const ApiTokenTerms& terms) {
  if (terms.request_types.empty()) {
    return {};
  }
  if (terms.role != ApiRole::operator_role) {
    return Error{ErrorCode::malformed,
                 "request types limit an operator's token, and no other: a reader queues no "
                 "commands, and an admin all",
                 "take the role operator, or leave the types out"};
  }
  if (terms.request_types.size() > most_request_types) {
    return Error{
        ErrorCode::malformed,
        "a token is limited to " + std::to_string(most_request_types) + " request types at most"};
  }
  if (!std::ranges::all_of(terms.request_types, is_request_type)) {
    return Error{ErrorCode::malformed, "a request type is a name such as DeviceInformation"};
  }
  return {};
}

Status check_against_maker(const ApiTokenTerms& terms, const ApiCaller& maker, Timestamp now) {
  TRY(maker.needs_role(terms.role,
                       "a token of the role " + std::string(api_role_name(terms.role))));
  if (maker.is_limited_to_types() && terms.role != ApiRole::reader) {
    if (terms.request_types.empty()) {
      return Error{ErrorCode::forbidden, "a token may not do more than its maker",
                   maker.described() + " is limited to some request types: name those"};
    }
    for (const std::string& type : terms.request_types) {
      TRY(maker.may_command(type));
    }
  }
  if (maker.expires_at && terms.ttl && now + *terms.ttl > *maker.expires_at) {
    return Error{ErrorCode::forbidden, "a token may not outlive its maker",
                 maker.described() + " expires at " + format_rfc3339(*maker.expires_at) +
                     ": give a shorter life, or make it with the API key"};
  }
  return {};
}

std::vector<std::string> without_repeats(std::vector<std::string> names) {
  std::ranges::sort(names);
  const auto repeats = std::ranges::unique(names);
  names.erase(repeats.begin(), repeats.end());
  return names;
}

}  // namespace

bool looks_like_api_token(std::string_view secret) {
  return secret.starts_with(api_token_prefix) &&
         secret.size() == api_token_prefix.size() + secret_letters &&
         secret.substr(api_token_prefix.size())
                 .find_first_not_of(std::string(letters_and_digits) + "-_") ==
             std::string_view::npos;
}

Status check_api_token_terms(const ApiTokenTerms& terms, const ApiCaller& maker, Timestamp now) {
  if (terms.name.empty()) {
    return Error{ErrorCode::malformed, "a token needs a name, so that people know what it is for"};
  }
  TRY(check_request_types(terms));
  return check_against_maker(terms, maker, now);
}

Result<NewApiToken> ApiTokenService::make(const ApiTokenTerms& terms, const ApiCaller& maker) {
  const Timestamp now = clock_.now();
  TRY(check_api_token_terms(terms, maker, now));
  ApiToken token{.name = {encode_hex(random_bytes(random_, id_size)), terms.name},
                 .role = terms.role,
                 .request_types = without_repeats(terms.request_types),
                 .created_at = now,
                 .created_by = maker.token,
                 .expires_at = now + terms.ttl.value_or(usual_ttl)};
  if (maker.expires_at) {
    token.expires_at = std::min(token.expires_at, *maker.expires_at);
  }
  SecretBytes secret(
      std::string_view(std::string(api_token_prefix) + random_token(random_, secret_size)));
  TRY(store_.add(sha256(secret.reveal()), token));
  log_.info(
      "API token made",
      {{"token_id", token.name.id},
       {"token_name", token.name.name},
       {"role", std::string(api_role_name(token.role))},
       {"request_types", token.request_types.empty() ? "all" : join(token.request_types, ",")},
       {"expires_at", format_rfc3339(token.expires_at)},
       {"by", maker.described()},
       {"by_token_id", maker.token.id}});
  return NewApiToken{std::move(token), std::move(secret)};
}

Result<ApiToken> ApiTokenService::revoke(std::string_view id, const ApiCaller& by) {
  TRY(store_.revoke(id, clock_.now()));
  TRY_ASSIGN(auto token, store_.show(id));
  if (!token) {
    return Error{ErrorCode::internal, "revoke token: it is gone"};
  }
  log_.info("API token revoked", {{"token_id", token->name.id},
                                  {"token_name", token->name.name},
                                  {"by", by.described()},
                                  {"by_token_id", by.token.id}});
  return *std::move(token);
}

}  // namespace bramley
