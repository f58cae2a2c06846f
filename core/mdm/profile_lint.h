#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/crypto/certificate.h"

namespace bramley {

// Something about a profile that a device refuses (fault) or that goes wrong later (warning).
struct ProfileRemark {
  enum class Level { warning, fault } level;
  std::string_view code;  // a word for scripts: "topic_empty"
  std::string place;      // the payload and key it is about; empty: the whole profile
  std::string message;
  std::string hint;  // the way out
};

bool has_faults(const std::vector<ProfileRemark>& remarks);

// Judges a configuration profile, signed or not, by Apple's rules: the document, every payload's
// common keys, and MDM, SCEP and certificate payloads key by key (Apple, "Configuration Profile",
// "MDM", "SCEP"). Other payloads' own keys are not looked at. `now` is for certificates in it.
// Never fails: what cannot be read is a fault.
std::vector<ProfileRemark> lint_profile(ByteView profile, Timestamp now);

// What a device that has `old` refuses in `updated`: Apple lets an update of an enrollment profile
// change neither topic, URLs, identity nor account, and add no access rights. Nothing else about
// either is judged; an `updated` that cannot be read is lint_profile's to tell.
std::vector<ProfileRemark> lint_profile_update(ByteView old, ByteView updated);

// The signature of a profile: that there is one, that it holds, its digest, and its chain with the
// dates. With `roots` the chain must lead to one of them; without, only that it is whole is judged.
// Faults for what devices refuse or show as not verified.
std::vector<ProfileRemark> check_profile_signature(ByteView profile, Timestamp now,
                                                   const std::vector<Certificate>& roots);

}  // namespace bramley
