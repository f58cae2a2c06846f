#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "core/crypto/local_certificate_authority.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace bramley {

// Keys take long to make, so one process shares a few.
inline const PrivateKey& shared_test_key(std::size_t index) {
  static const std::vector<PrivateKey> keys = [] {
    std::vector<PrivateKey> made;
    for (int i = 0; i < 4; ++i) {
      made.push_back(PrivateKey::generate_rsa(2048).value());
    }
    return made;
  }();
  return keys.at(index);
}

// A fresh CA valid for ten years around the fake clock's start.
inline NewAuthority make_test_authority(std::string_view name = "Test SCEP CA",
                                        Timestamp now = FakeClock().now()) {
  SeededRandom random(std::hash<std::string_view>()(name));
  constexpr std::chrono::hours five_years{24 * 365 * 5};
  return make_certificate_authority(
             {std::string(name), "Bramley tests", now - five_years, now + five_years}, random)
      .value();
}

// The same one for the same name and time.
inline std::shared_ptr<LocalCertificateAuthority> load_test_authority(
    const std::string& name = "Test SCEP CA", Timestamp now = FakeClock().now()) {
  static std::map<std::pair<std::string, Timestamp>, std::shared_ptr<LocalCertificateAuthority>>
      made;
  auto& authority = made[{name, now}];
  if (!authority) {
    NewAuthority fresh = make_test_authority(name, now);
    authority = std::make_shared<LocalCertificateAuthority>(
        LocalCertificateAuthority::load(std::move(fresh.certificate), std::move(fresh.key))
            .value());
  }
  return authority;
}

// What a device signs its first request with.
inline Certificate make_test_requester(const PrivateKey& key,
                                       std::string_view common_name = "requester",
                                       Timestamp now = FakeClock().now()) {
  SeededRandom random(std::hash<std::string_view>()(common_name));
  SelfSignedTerms terms;
  terms.subject = {{"CN", std::string(common_name)}};
  terms.not_before = now - std::chrono::hours(1);
  terms.not_after = now + std::chrono::hours(24);
  terms.purpose = SelfSignedTerms::Purpose::scep_requester;
  return make_self_signed(key, terms, random).value();
}

// Explains itself when it fails.
template <class T>
testing::AssertionResult succeeded(const Result<T>& result) {
  if (result) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << error_code_name(result.error().code) << ": " << result.error().message;
}
template <class T>
testing::AssertionResult failed_with(ErrorCode code, const Result<T>& result) {
  if (result) {
    return testing::AssertionFailure() << "no error";
  }
  if (result.error().code != code) {
    return testing::AssertionFailure()
           << error_code_name(result.error().code) << ": " << result.error().message;
  }
  return testing::AssertionSuccess();
}

}  // namespace bramley
