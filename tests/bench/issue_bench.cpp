// Microseconds an issued certificate, with an RSA-2048 CA.

#include <benchmark/benchmark.h>

#include <cstdlib>

#include "core/crypto/local_certificate_authority.h"

namespace bramley {
namespace {

const Timestamp now = std::chrono::time_point_cast<std::chrono::seconds>(
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 24));

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::abort();
  }
  return std::move(result).value();
}

void issue(benchmark::State& state) {
  SystemRandom random;
  auto made = must(make_certificate_authority(
      {"Bench CA", "Bench", now - std::chrono::days(1), now + std::chrono::days(3650)}, random));
  auto authority = must(LocalCertificateAuthority::load(made.certificate, made.key));
  const auto key = must(PrivateKey::generate_rsa(2048));
  const auto request = must(make_certificate_request(key, {{{"CN", "device"}}, nullptr}));
  for (auto _ : state) {
    const IssueTerms terms{now, now + std::chrono::days(365), random_bytes(random, 15), {}};
    IssueTerms positive = terms;
    positive.serial.front() &= 0x7fU;
    benchmark::DoNotOptimize(must(authority.issue(request, positive)));
  }
}

void parse_and_verify_request(benchmark::State& state) {
  const auto key = must(PrivateKey::generate_rsa(2048));
  const Bytes der = must(make_certificate_request(key, {{{"CN", "device"}}, nullptr})).der();
  for (auto _ : state) {
    const auto request = must(CertificateRequest::from_der(der));
    benchmark::DoNotOptimize(request.verify_signature().has_value());
  }
}

BENCHMARK(issue)->Unit(benchmark::kMicrosecond);
BENCHMARK(parse_and_verify_request)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bramley
