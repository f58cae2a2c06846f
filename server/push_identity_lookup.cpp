#include "server/push_identity_lookup.h"

namespace bramley {

Result<ApnsPushProvider::Identity> push_identity(const CredentialSource& credentials,
                                                 const std::string& topic) {
  for (const PushCertificate& push : credentials.push_certificates()) {
    if (push.topic != topic) {
      continue;
    }
    auto key = credentials.push_key(topic);
    // A renewal may come between the two questions: then the next push has the new pair.
    if (!key || !key->matches(push.certificate)) {
      return Error{ErrorCode::not_found, "the push certificate of " + topic + " has no key",
                   "import it again with its key: bramley push-cert import"};
    }
    return ApnsPushProvider::Identity{push.certificate, *std::move(key)};
  }
  return Error{ErrorCode::not_found,
               "no push certificate for " +
                   (topic.empty() ? std::string("an enrollment without a topic") : topic),
               "import one: bramley push-cert import"};
}

}  // namespace bramley
