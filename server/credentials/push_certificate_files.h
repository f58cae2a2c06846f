#pragma once

#include <filesystem>
#include <vector>

#include "server/credentials/credential_source.h"
#include "server/credentials/credential_text.h"

namespace bramley {

// The push certificates of the environment (BRAMLEY_PUSH_CERT, one or several in PEM), else of
// DIRECTORY/push/*.pem, sorted by topic. conflict: a certificate without a topic, two of one topic,
// a key beside it that is not its own. malformed: unreadable.
Result<std::vector<PushCertificate>> load_push_certificates(const std::filesystem::path& directory,
                                                            const EnvironmentLookup& environment);

}  // namespace bramley
