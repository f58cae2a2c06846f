#pragma once

#include "server/credentials/credential_source.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace bramley {

// Credentials that a test sets by hand.
class FakeCredentials : public CredentialSource {
 public:
  std::shared_ptr<LocalCertificateAuthority> scep_authority() const override { return authority; }
  std::vector<PushCertificate> push_certificates() const override { return pushes; }
  std::vector<PushCertificateState> push_certificate_states() const override {
    std::vector<PushCertificateState> states = faulty;
    for (const PushCertificate& push : pushes) {
      states.push_back({push, CredentialOrigin::directory, "push/" + push.topic + ".pem"});
    }
    return states;
  }
  std::optional<PrivateKey> push_key(std::string_view) const override { return std::nullopt; }
  void reload() override {}

  std::shared_ptr<LocalCertificateAuthority> authority;
  std::vector<PushCertificate> pushes;
  std::vector<PushCertificateState> faulty;
};

// A CA from 2026-11-20 to 2027-11-24. The key is slow to make, so it is one a process.
inline std::shared_ptr<LocalCertificateAuthority> test_scep_authority() {
  static const auto authority = [] {
    const FakeClock clock;
    SeededRandom random;
    auto made = *make_certificate_authority({"Test CA", "Test", clock.now() - std::chrono::days(4),
                                             clock.now() + std::chrono::days(365), 2048},
                                            random);
    return std::make_shared<LocalCertificateAuthority>(
        *LocalCertificateAuthority::load(made.certificate, made.key));
  }();
  return authority;
}

// A certificate that signs itself: good for being told apart from others, and for nothing else.
inline Certificate test_certificate(std::vector<NameAttribute> subject) {
  const FakeClock clock;
  SeededRandom random;
  const auto key = *PrivateKey::generate_ec_p256();
  return *make_self_signed(key,
                           {std::move(subject),
                            clock.now() - std::chrono::days(1),
                            clock.now() + std::chrono::days(365),
                            {},
                            {}},
                           random);
}

inline PushCertificate test_push_certificate(const std::string& topic) {
  return {topic, test_certificate({{"CN", topic}})};
}

}  // namespace bramley
