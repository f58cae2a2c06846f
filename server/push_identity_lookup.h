#pragma once

#include "core/apns/apns_push_provider.h"
#include "server/credentials/credential_source.h"

namespace bramley {

// The pair in force for a topic, as the push provider wants it. not_found, with a hint: there is no
// certificate, or its key is missing.
Result<ApnsPushProvider::Identity> push_identity(const CredentialSource& credentials,
                                                 const std::string& topic);

}  // namespace bramley
