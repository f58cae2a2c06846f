#include "server/device_authorities.h"

#include "core/base/file.h"

namespace bramley {

Result<std::vector<Certificate>> device_authorities(
    const CredentialSource& credentials, const std::vector<std::filesystem::path>& device_ca) {
  std::vector<Certificate> authorities;
  if (const auto authority = credentials.scep_authority()) {
    authorities.push_back(authority->certificate());
  }
  for (const auto& file : device_ca) {
    const auto content = read_file(file);
    if (!content) {
      return Error(content.error()).while_doing("read --device-ca");
    }
    auto certificates = Certificate::all_from_pem(as_text(*content));
    if (!certificates) {
      return std::move(certificates).error().while_doing("read --device-ca " + file.string());
    }
    authorities.insert(authorities.end(), certificates->begin(), certificates->end());
  }
  if (authorities.empty()) {
    return Error{ErrorCode::not_found, "start the server: no authority for device identities",
                 "turn SCEP on, or name the CA of your devices with --device-ca"};
  }
  return authorities;
}

}  // namespace bramley
