#include "core/scep/scep_answers.h"

#include <algorithm>

#include "core/crypto/signed_message.h"

namespace bramley {

ScepCapabilities parse_scep_capabilities(std::string_view text) {
  ScepCapabilities capabilities;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (end > 0) {
      capabilities.emplace(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return capabilities;
}

Result<std::vector<Certificate>> parse_scep_ca_certificates(const HttpResponse& answer) {
  const auto type = answer.headers.find("Content-Type").value_or("");
  if (type == "application/x-x509-ca-cert") {
    TRY_ASSIGN(auto certificate, Certificate::from_der(answer.body));
    return std::vector{std::move(certificate)};
  }
  if (type == "application/x-x509-ca-ra-cert") {
    return parse_certificates_only(answer.body);
  }
  return Error{ErrorCode::malformed, "GetCACert: not a certificate"};
}

}  // namespace bramley
