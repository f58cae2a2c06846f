#pragma once

#include "core/base/file.h"
#include "core/crypto/local_certificate_authority.h"
#include "core/crypto/trust_store.h"
#include "tests/fuzz/fuzz_target.h"

namespace bramley {

// When the corpus was made; its certificates are valid then.
inline constexpr Timestamp fuzz_time(std::chrono::seconds(1'795'478'400));  // 2026-11-24

// The CA of the corpus (make_corpus.py), whose key is no secret.
inline const LocalCertificateAuthority& fuzz_authority() {
  static const LocalCertificateAuthority authority = [] {
    const std::filesystem::path folder = BRAMLEY_FUZZ_FOLDER;
    const auto certificate = read_file(folder / "authority.pem");
    const auto key = read_file(folder / "authority.key");
    CHECK(certificate && key);
    auto loaded =
        LocalCertificateAuthority::load(Certificate::from_file_content(*certificate).value(),
                                        PrivateKey::from_file_content(*key).value());
    CHECK(loaded);
    return *std::move(loaded);
  }();
  return authority;
}

}  // namespace bramley
