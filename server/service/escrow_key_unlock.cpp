#include "server/service/escrow_key_unlock.h"

#include <array>

#include "core/base/encoding.h"

namespace bramley {
namespace {

constexpr std::chrono::seconds longest_wait(30);
constexpr std::size_t most_bytes = 1U << 20U;

// A caller's parameters, wherever they stand: the form first, as Go's FormValue.
class Parameters {
 public:
  explicit Parameters(const HttpRequest& request) : request_(request) {
    form_.target = "?" + to_text(request.body);
  }
  [[nodiscard]] std::string optional(std::string_view name) const {
    auto value = form_.query(name).value_or("");
    return value.empty() ? request_.query(name).value_or("") : value;
  }
  [[nodiscard]] Result<std::string> required(std::string_view name) const {
    auto value = optional(name);
    if (value.empty()) {
      return Error{ErrorCode::malformed, "missing required parameter: " + std::string(name)};
    }
    return value;
  }

 private:
  const HttpRequest& request_;
  HttpRequest form_;
};

void append(std::string& text, std::string_view name, std::string_view value) {
  text.append(text.empty() ? "" : "&").append(name).append("=").append(encode_percent(value));
}

// Of a connection, not of the answer (RFC 9110 §7.6.1); the length is told anew.
HttpResponse passed_on(HttpResponse answer) {
  for (const char* name :
       {"Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Trailer", "Upgrade"}) {
    answer.headers.remove(name);
  }
  return answer;
}

}  // namespace

Result<HttpResponse> EscrowKeyUnlock::unlock(const HttpRequest& request) const {
  const Parameters parameters(request);
  TRY_ASSIGN(const auto topic, parameters.required("topic"));
  std::string query;
  for (const char* name : {"serial", "productType"}) {
    TRY_ASSIGN(const auto value, parameters.required(name));
    append(query, name, value);
  }
  for (const char* name : {"imei", "imei2", "meid"}) {
    if (const auto value = parameters.optional(name); !value.empty()) {
      append(query, name, value);
    }
  }
  std::string form;
  for (const char* name : {"orgName", "guid", "escrowKey"}) {
    TRY_ASSIGN(const auto value, parameters.required(name));
    append(form, name, value);
  }
  TRY_ASSIGN(const auto identity, seams_.identity_of(topic));
  HttpClientOptions client;
  client.ca_pem = options_.ca_pem;
  client.proxy = options_.proxy;
  client.certificate_pem = identity.certificate_pem;
  client.key_pem = identity.key_pem;
  client.total_timeout = longest_wait;
  client.response_limit = most_bytes;
  HttpRequest question;
  question.method = "POST";
  question.target = options_.url + "?" + query;
  question.headers.add("Content-Type", "application/x-www-form-urlencoded");
  question.body = to_bytes(form);
  auto answer = seams_.make_client(std::move(client))->send(question);
  if (!answer) {
    return std::move(answer).error().while_doing("ask Apple to unlock the device");
  }
  return passed_on(*std::move(answer));
}

}  // namespace bramley
