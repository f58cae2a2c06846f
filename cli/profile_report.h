#pragma once

#include <string>
#include <vector>

#include "cli/json.h"
#include "core/crypto/certificate.h"
#include "core/crypto/signed_message.h"
#include "core/mdm/profile_lint.h"

namespace bramley {

// Whether warnings count as faults.
enum class Strictness { faults, warnings_too };
bool passes(const std::vector<ProfileRemark>& remarks, Strictness strictness);

// An array of objects: level, code, place, message, hint.
Json describe_remarks(const std::vector<ProfileRemark>& remarks);
// The same for people, two lines each, faults before warnings; "ok" when there is nothing.
std::string remarks_text(const std::vector<ProfileRemark>& remarks);
// The first fault and how many more: what ends a command with exit code 5.
Error remarks_error(const std::vector<ProfileRemark>& remarks, std::string_view file);

// Signer, digest, time and chain.
Json describe_signature(const SignedMessage& message);

}  // namespace bramley
