#include "core/crypto/digest_authentication.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/crypto/digest.h"

namespace bramley {
namespace {

constexpr std::size_t longest_response = 4096;

using Parameters = std::map<std::string, std::string, std::less<>>;

Result<std::string> md5_hex(std::string_view text) {
  std::array<std::uint8_t, 16> digest{};
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_md5(), nullptr) != 1) {
    return Error{ErrorCode::unsupported, "digest authentication: this OpenSSL has no MD5"};
  }
  return encode_hex(digest);
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void skip(std::string_view& text, bool (*unwanted)(char)) {
  while (!text.empty() && unwanted(text.front())) {
    text.remove_prefix(1);
  }
}

// What stands between quotes, with escapes undone; takes it and both quotes off the front.
Result<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (text.remove_prefix(1); !text.empty(); text.remove_prefix(1)) {
    if (text.front() == '"') {
      text.remove_prefix(1);
      return value;
    }
    if (text.front() == '\\' && text.size() > 1) {
      text.remove_prefix(1);
    }
    value.push_back(text.front());
  }
  return Error{ErrorCode::malformed, "digest response: a quote is not closed"};
}

std::string take_token(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(", \t\r\n="), text.size());
  std::string token(text.substr(0, end));
  text.remove_prefix(end);
  return token;
}

Result<Parameters> parse_parameters(std::string_view text) {
  const auto between = [](char c) { return is_space(c) || c == ','; };
  Parameters parameters;
  for (skip(text, between); !text.empty(); skip(text, between)) {
    std::string name = take_token(text);
    skip(text, is_space);
    if (name.empty() || !text.starts_with('=')) {
      return Error{ErrorCode::malformed, "digest response: no name=value"};
    }
    text.remove_prefix(1);
    skip(text, is_space);
    std::string value;
    if (text.starts_with('"')) {
      TRY_ASSIGN(value, take_quoted(text));
    } else {
      value = take_token(text);
    }
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (!parameters.emplace(std::move(name), std::move(value)).second) {
      return Error{ErrorCode::malformed, "digest response: a parameter twice"};
    }
  }
  return parameters;
}

std::string_view get(const Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string_view() : found->second;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text.append(text.empty() ? "" : ":").append(part);
  }
  return text;
}

// RFC 7616 §3.4.1.
Result<std::string> expected_response(const Parameters& given, std::string_view ha1,
                                      std::string_view method) {
  TRY_ASSIGN(const auto ha2, md5_hex(joined({method, get(given, "uri")})));
  const auto qop = get(given, "qop");
  if (qop.empty()) {
    return md5_hex(joined({ha1, get(given, "nonce"), ha2}));
  }
  return md5_hex(
      joined({ha1, get(given, "nonce"), get(given, "nc"), get(given, "cnonce"), qop, ha2}));
}

bool is_hash(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Status add_user(DigestUsers& users, std::string_view line) {
  const std::size_t first = line.find(':');
  const std::size_t last = line.rfind(':');
  if (first == 0 || first == std::string_view::npos || last == first) {
    return Error{ErrorCode::malformed, "not name:realm:hash"};
  }
  const std::string_view realm = line.substr(first + 1, last - first - 1);
  const std::string_view hash = line.substr(last + 1);
  if (realm.empty() || realm.find_first_of("\"\\") != std::string_view::npos || !is_hash(hash)) {
    return Error{ErrorCode::malformed, "not name:realm:hash"};
  }
  if (!users.realm.empty() && users.realm != realm) {
    return Error{ErrorCode::malformed, "another realm than the line before"};
  }
  users.realm = realm;
  if (!users.hashes.emplace(line.substr(0, first), hash).second) {
    return Error{ErrorCode::malformed, "a name that was there before"};
  }
  return {};
}

}  // namespace

Result<DigestUsers> parse_digest_users(std::string_view text) {
  DigestUsers users;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    if (Status added = add_user(users, line); !added) {
      return Error(added.error()).while_doing("line " + std::to_string(number));
    }
  }
  if (users.hashes.empty()) {
    return Error{ErrorCode::malformed, "there is no user in it", "htdigest(1) writes such files"};
  }
  return users;
}

std::string digest_challenge(std::string_view realm, std::string_view nonce) {
  return std::string("Digest realm=\"")
      .append(realm)
      .append("\", nonce=\"")
      .append(nonce)
      .append("\", qop=\"auth\", algorithm=MD5");
}

Result<std::string> verify_digest_response(std::string_view response, std::string_view nonce,
                                           const DigestUsers& users) {
  const Error refused{ErrorCode::unauthenticated, "digest response: not a user's right answer"};
  if (response.size() > longest_response) {
    return Error{ErrorCode::malformed, "digest response: too long"};
  }
  skip(response, is_space);
  if (response.starts_with("Digest ")) {
    response.remove_prefix(7);
  }
  TRY_ASSIGN(const auto given, parse_parameters(response));
  const auto user = users.hashes.find(get(given, "username"));
  const auto qop = get(given, "qop");
  const bool ours = get(given, "nonce") == nonce && get(given, "realm") == users.realm &&
                    (qop.empty() || qop == "auth");
  if (user == users.hashes.end() || !ours) {
    return refused;
  }
  // Apple does not say which method the digest names: that of the request that carries it, or what
  // HTTP would use otherwise.
  for (const std::string_view method : {"PUT", "POST", "GET"}) {
    TRY_ASSIGN(const auto right, expected_response(given, user->second, method));
    if (equal_constant_time(as_bytes(right), as_bytes(get(given, "response")))) {
      return user->first;
    }
  }
  return refused;
}

}  // namespace bramley
