#include "server/credentials/credential_text.h"

#include "core/base/file.h"

namespace bramley {
namespace {

// Variables that came from a .env file may hold "\n" where PEM has a line break: not every reader
// of such files translates it. No PEM has a backslash of its own.
SecretBytes with_line_breaks(std::string_view text) {
  Bytes lines;
  lines.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text.substr(i, 2) == "\\n";
    lines.push_back(static_cast<std::uint8_t>(escaped ? '\n' : text[i]));
    i += escaped ? 1 : 0;
  }
  return SecretBytes(std::move(lines));
}

}  // namespace

Result<std::optional<SecretBytes>> credential_from_environment(const EnvironmentLookup& environment,
                                                               const char* variable) {
  const char* value = environment ? environment(variable) : nullptr;
  if (value == nullptr || *value == '\0') {
    return std::optional<SecretBytes>();
  }
  const std::string_view text(value);
  if (text.front() != '@') {
    return std::optional<SecretBytes>(with_line_breaks(text));
  }
  auto content = read_secret_file(std::string(text.substr(1)));
  if (!content) {
    return std::move(content).error().while_doing(std::string("read ") + variable);
  }
  return std::optional<SecretBytes>(*std::move(content));
}

}  // namespace bramley
