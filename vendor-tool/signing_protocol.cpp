#include "vendor-tool/signing_protocol.h"

#include <map>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "core/net/http_message.h"

namespace bramley {
namespace {

using Json = nlohmann::ordered_json;

constexpr int deepest = 8;
constexpr std::size_t longest_reason = 500;

// Leaves nlohmann's parser from inside its callback; never leaves this file.
struct TooDeep {};

// The text members of an object, by lower-case name.
Result<std::map<std::string, std::string>> text_members(ByteView body) {
  const auto watch = [](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest) {
      throw TooDeep{};
    }
    return true;
  };
  std::map<std::string, std::string> members;
  try {
    const Json document = Json::parse(body.begin(), body.end(), watch);
    if (!document.is_object()) {
      return Error{ErrorCode::malformed, "the body is not a JSON object"};
    }
    for (const auto& [name, value] : document.items()) {
      std::string lower = name;
      for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      }
      if (value.is_string() && !members.emplace(lower, value.get<std::string>()).second) {
        return Error{ErrorCode::malformed, "\"" + lower + "\" is there twice"};
      }
    }
  } catch (const TooDeep&) {
    return Error{ErrorCode::malformed, "the body is nested too deeply"};
  } catch (const nlohmann::json::exception&) {
    // The library's text quotes the input, which holds a key.
    return Error{ErrorCode::malformed, "the body is not JSON"};
  }
  return members;
}

std::string pem_of(const std::string& base64) {
  auto decoded = decode_base64_lenient(base64);
  return decoded ? to_text(*decoded) : std::string();
}

Bytes json_text(const Json& value) {
  return to_bytes(
      std::string_view(value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"));
}

}  // namespace

Bytes write_signing_request(const SigningRequest& request) {
  return json_text({{"csr", encode_base64(as_bytes(request.csr))},
                    {"email", request.email},
                    {"key", std::string(request.key.reveal_text())},
                    {"encrypt", encode_base64(as_bytes(request.encrypt))}});
}

Result<SigningRequest> read_signing_request(ByteView body) {
  TRY_ASSIGN(auto members, text_members(body));
  for (const char* name : {"csr", "email", "key", "encrypt"}) {
    if (members[name].empty()) {
      return Error{ErrorCode::malformed, std::string("\"") + name + "\" is missing"};
    }
  }
  SigningRequest request;
  request.csr = pem_of(members["csr"]);
  request.email = members["email"];
  request.key = SecretBytes(std::string_view(members["key"]));
  request.encrypt = pem_of(members["encrypt"]);
  if (request.csr.empty() || request.encrypt.empty()) {
    return Error{ErrorCode::malformed, "\"csr\" and \"encrypt\" must be base64"};
  }
  return request;
}

Bytes write_signing_answer(const std::optional<std::string>& failure) {
  return failure ? json_text({{"result", "failure"}, {"reason", *failure}})
                 : json_text({{"result", "success"}});
}

Status read_signing_answer(ByteView body) {
  TRY_ASSIGN(auto members, text_members(body));
  if (members["result"] == "success") {
    return {};
  }
  if (members["result"].empty()) {
    return Error{ErrorCode::malformed, "the answer says neither success nor failure"};
  }
  std::string reason = members["reason"].substr(0, longest_reason);
  return Error{ErrorCode::forbidden, reason.empty() ? "refused without a reason" : reason};
}

}  // namespace bramley
