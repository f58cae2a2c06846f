#pragma once

#include <string>

#include "core/base/secret_bytes.h"
#include "server/credentials/push_identity.h"

namespace bramley {

// env: lines for a POSIX shell to evaluate. dotenv: lines of a .env file, with \n for line breaks.
// k8s_secret: a Kubernetes Secret whose members become variables with envFrom.
enum class CredentialText { env, dotenv, k8s_secret };

// BRAMLEY_PUSH_CERT and BRAMLEY_PUSH_KEY of a pair that has its key, for a server that takes its
// credentials from the environment. `name`: of the Kubernetes Secret.
Result<SecretBytes> write_credential_text(CredentialText format, const PushIdentity& identity,
                                          const std::string& name);

}  // namespace bramley
