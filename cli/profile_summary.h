#pragma once

#include "cli/json.h"
#include "core/base/bytes.h"

namespace bramley {

// What is in a configuration profile (plain, or CMS-signed: the signature is checked, the signer is
// not judged): its names, its payloads and, for an enrollment profile, server, topic and SCEP. No
// secret of it. malformed: no profile; unauthenticated becomes malformed: a signature that is
// wrong.
Result<Json> summarize_profile(ByteView content);

}  // namespace bramley
