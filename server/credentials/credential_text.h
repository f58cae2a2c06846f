#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/secret_bytes.h"

namespace bramley {

using EnvironmentLookup = std::function<const char*(const char*)>;

// The content of a credential's environment variable: the text itself (line breaks may be written
// as
// `\n`), or the file that `@FILE` names. Nothing when it is unset or empty. Errors name the
// variable, and the file.
Result<std::optional<SecretBytes>> credential_from_environment(const EnvironmentLookup& environment,
                                                               const char* variable);

}  // namespace bramley
