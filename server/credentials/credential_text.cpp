#include "server/credentials/credential_text.h"

#include "core/base/file.h"

namespace bramley {

Result<std::optional<SecretBytes>> credential_from_environment(const EnvironmentLookup& environment,
                                                               const char* variable) {
  const char* value = environment ? environment(variable) : nullptr;
  if (value == nullptr || *value == '\0') {
    return std::optional<SecretBytes>();
  }
  const std::string_view text(value);
  if (text.front() != '@') {
    return std::optional<SecretBytes>(SecretBytes(text));
  }
  auto content = read_secret_file(std::string(text.substr(1)));
  if (!content) {
    return std::move(content).error().while_doing(std::string("read ") + variable);
  }
  return std::optional<SecretBytes>(*std::move(content));
}

}  // namespace bramley
