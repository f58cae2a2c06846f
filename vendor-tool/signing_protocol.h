#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret_bytes.h"

namespace bramley {

// The protocol of mdmcert.download: POST /api/v1/signrequest takes a request, and the answer, by
// e-mail, is an encrypted attachment (sealed_attachment.h).
inline constexpr std::string_view signing_path = "/api/v1/signrequest";
inline constexpr std::string_view mdmcert_endpoint = "https://mdmcert.download/api/v1/signrequest";

struct SigningRequest {
  std::string csr;      // a certificate request, PEM
  std::string email;    // where the answer goes
  SecretBytes key;      // the API key
  std::string encrypt;  // the certificate that the answer is encrypted for, PEM
};

// JSON: {"csr","email","key","encrypt"}, the PEM texts in base64.
Bytes write_signing_request(const SigningRequest& request);
// Names in any case, others passed over, as the service's own programs do it. malformed: anything
// else, a name twice, or nested deeper than a few levels. The caller bounds the size.
Result<SigningRequest> read_signing_request(ByteView body);

// {"result":"success"}, or {"result":"failure","reason":…}.
Bytes write_signing_answer(const std::optional<std::string>& failure);
// What an answer says. forbidden: a failure, with the service's reason. malformed: no such answer.
Status read_signing_answer(ByteView body);

}  // namespace bramley
