#include "vendor-tool/signing_customers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bramley {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_email = 254;  // RFC 5321 §4.5.3.1.3, without the brackets
constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_name = 100;
constexpr std::size_t shortest_key = 16;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_domain(std::string_view text) {
  const bool characters = std::ranges::all_of(
      text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; });
  return !text.empty() && characters && text.front() != '.' && text.front() != '-' &&
         text.back() != '.' && text.back() != '-' && text.find("..") == std::string_view::npos;
}

Error wrong(std::string what) {
  return {ErrorCode::malformed, std::move(what),
          "a customer is {\"name\": …, \"key_sha256\": …, \"domains\": {\"example.com\": "
          "\"manual\" or \"automatic\"}}"};
}

Result<std::string> take_text(Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) {
    return std::string();
  }
  if (!found->is_string()) {
    return wrong(std::string("\"") + name + "\" is not a text");
  }
  std::string text = found->get<std::string>();
  object.erase(found);
  return text;
}

Result<std::map<std::string, Approval>> take_domains(Json& object) {
  const auto found = object.find("domains");
  if (found == object.end() || !found->is_object() || found->empty()) {
    return wrong("\"domains\" is missing: the e-mail domains that it may ask for");
  }
  std::map<std::string, Approval> domains;
  for (const auto& [name, rule] : found->items()) {
    if (name != "*" && !is_domain(name)) {
      return wrong("\"" + name + "\" is no e-mail domain");
    }
    if (rule != "manual" && rule != "automatic") {
      return wrong("the rule for \"" + name + "\" is neither \"manual\" nor \"automatic\"");
    }
    domains[lower(name)] = rule == "automatic" ? Approval::automatic : Approval::manual;
  }
  object.erase(found);
  return domains;
}

Result<Fingerprint> take_key(Json& object, bool& in_clear) {
  TRY_ASSIGN(const std::string key, take_text(object, "key"));
  TRY_ASSIGN(const std::string hash, take_text(object, "key_sha256"));
  if (key.empty() == hash.empty()) {
    return wrong("give either \"key_sha256\" or \"key\"");
  }
  if (hash.empty()) {
    if (key.size() < shortest_key) {
      return wrong("\"key\" is shorter than 16 characters");
    }
    in_clear = true;
    return sha256(as_bytes(key));
  }
  auto fingerprint = Fingerprint::from_hex(lower(hash));
  if (!fingerprint) {
    return wrong("\"key_sha256\" is not 64 hex digits");
  }
  return fingerprint;
}

Result<SigningCustomer> read_customer(Json object, bool& in_clear) {
  if (!object.is_object()) {
    return wrong("a customer is not an object");
  }
  SigningCustomer customer;
  TRY_ASSIGN(customer.name, take_text(object, "name"));
  if (customer.name.empty() || customer.name.size() > longest_name) {
    return wrong("\"name\" is missing or longer than 100 bytes");
  }
  auto key = take_key(object, in_clear);
  if (!key) {
    return std::move(key).error().while_doing(customer.name);
  }
  customer.key_hash = *key;
  auto domains = take_domains(object);
  if (!domains) {
    return std::move(domains).error().while_doing(customer.name);
  }
  customer.domains = *std::move(domains);
  if (!object.empty()) {
    return wrong(customer.name + ": unknown member \"" + object.begin().key() + "\"");
  }
  return customer;
}

Status check_unique(const std::vector<SigningCustomer>& customers, const SigningCustomer& next) {
  for (const SigningCustomer& other : customers) {
    if (other.name == next.name) {
      return wrong(next.name + ": the name is there twice");
    }
    if (other.key_hash == next.key_hash) {
      return wrong(next.name + ": has the same key as " + other.name);
    }
  }
  return {};
}

}  // namespace

std::optional<Approval> SigningCustomer::rule_for(std::string_view email) const {
  const auto own = domains.find(lower(email.substr(email.find('@') + 1)));
  const auto found = own != domains.end() ? own : domains.find("*");
  return found == domains.end() ? std::nullopt : std::optional(found->second);
}

Result<SigningCustomers> SigningCustomers::parse(ByteView json) {
  Json document = Json::parse(json.begin(), json.end(), nullptr, false);
  if (document.is_discarded()) {
    return wrong("not JSON");
  }
  if (!document.is_object() || document.size() != 1 || !document.contains("customers") ||
      !document["customers"].is_array()) {
    return wrong("not an object with the one member \"customers\", a list");
  }
  SigningCustomers customers;
  for (Json& object : document["customers"]) {
    TRY_ASSIGN(SigningCustomer next, read_customer(std::move(object), customers.keys_in_clear_));
    TRY(check_unique(customers.customers_, next));
    customers.customers_.push_back(std::move(next));
  }
  if (customers.customers_.empty()) {
    return wrong("there is no customer in it");
  }
  return customers;
}

const SigningCustomer* SigningCustomers::find_by_key(ByteView key) const {
  const Fingerprint hash = sha256(key);
  const SigningCustomer* found = nullptr;
  for (const SigningCustomer& customer : customers_) {
    if (equal_constant_time(hash.bytes, customer.key_hash.bytes)) {
      found = &customer;
    }
  }
  return found;
}

bool is_safe_email(std::string_view text) {
  constexpr std::string_view atoms = "!#$%&'*+/=?^_`{|}~-.";
  const std::size_t at = text.find('@');
  if (text.size() > longest_email || at == std::string_view::npos || at == 0 ||
      at > longest_local_part) {
    return false;
  }
  const std::string_view local = text.substr(0, at);
  const bool characters = std::ranges::all_of(local, [&](char c) {
    return is_letter_or_digit(c) || atoms.find(c) != std::string_view::npos;
  });
  return characters && local.front() != '-' && local.front() != '.' &&
         is_domain(text.substr(at + 1));
}

}  // namespace bramley
