#pragma once

#include <filesystem>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/net/http_client.h"

namespace bramley {

// The two certificates above an MDM vendor's. Apple publishes them at
// https://www.apple.com/certificateauthority/ .
struct AppleChain {
  Certificate intermediate;
  Certificate root;
};

// SHA-256 of the DER of Apple Root CA (until 2035) and of Apple Worldwide Developer Relations CA G3
// (until 2030).
extern const Fingerprint apple_root_sha256;
extern const Fingerprint apple_wwdr_g3_sha256;

// Whether the root has to be Apple's own, by its pinned SHA-256, or may be any: for tests, and for
// the day on which Apple has another.
enum class RootPin { apple, any };

// Finds the issuer of `vendor` and that one's root among `candidates` (more may be there), and
// checks names, signatures, that both are CAs, their validity at `now`, and the pin. not_found: one
// of the two is missing, with the name that is looked for. unauthenticated: a root that is not
// Apple's; out of date.
Result<AppleChain> find_apple_chain(const Certificate& vendor,
                                    const std::vector<Certificate>& candidates, RootPin pin,
                                    Timestamp now);

// The certificates kept in a folder (*.cer, *.pem); none when there is no such folder. Nothing is
// trusted for being there: find_apple_chain judges.
Result<std::vector<Certificate>> read_chain_cache(const std::filesystem::path& folder);
// Keeps them, in DER; makes the folder when it is missing.
Status write_chain_cache(const std::filesystem::path& folder, const AppleChain& chain);

// Asks Apple's site for the root and for the intermediate that `vendor` names as its issuer (G3
// when it names none). Not checked yet. unavailable: no answer, or not a certificate.
Result<std::vector<Certificate>> fetch_apple_chain(HttpClient& http, const Certificate& vendor);

}  // namespace bramley
