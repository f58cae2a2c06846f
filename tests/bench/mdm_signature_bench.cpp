// Microseconds a verified Mdm-Signature: the short way, the complete way, and what they are made
// of.

#include <benchmark/benchmark.h>

#include <cstdlib>

#include "core/crypto/local_certificate_authority.h"
#include "core/crypto/mdm_signature.h"

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

// A device, its CA and one signed body of the size of an Idle poll with some padding.
struct Scene {
  explicit Scene(PrivateKey device_key)
      : authority(must(make_certificate_authority(
            {"Bench CA", "Bench", now - std::chrono::days(1), now + std::chrono::days(3650)},
            random))),
        key(std::move(device_key)) {
    auto issuer = must(LocalCertificateAuthority::load(authority.certificate, authority.key));
    const auto request = must(make_certificate_request(key, {{{"CN", "device"}}, nullptr}));
    certificate.emplace_back(must(issuer.issue(
        request, {now - std::chrono::days(1), now + std::chrono::days(365), {1, 2, 3}, {}})));
    trust.emplace_back(must(TrustStore::of({authority.certificate})));
    header = must(make_mdm_signature(body, certificate.front(), key, now));
  }

  SystemRandom random;
  NewAuthority authority;
  PrivateKey key;
  std::vector<Certificate> certificate;
  std::vector<TrustStore> trust;
  Bytes body = Bytes(2048, 'x');
  std::string header;
};

const Scene& rsa_scene() {
  static const Scene scene(must(PrivateKey::generate_rsa(2048)));
  return scene;
}
const Scene& ec_scene() {
  static const Scene scene(must(PrivateKey::generate_ec_p256()));
  return scene;
}

void verify_short(benchmark::State& state, const Scene& scene) {
  static MdmSignatureVerifier verifier;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        must(verifier.verify(scene.header, scene.body, scene.trust.front(), now)));
  }
}

void verify_stock(benchmark::State& state, const Scene& scene) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        must(verify_mdm_signature_stock(scene.header, scene.body, scene.trust.front(), now)));
  }
}

void short_way_rsa(benchmark::State& state) {
  verify_short(state, rsa_scene());
}
void short_way_p256(benchmark::State& state) {
  verify_short(state, ec_scene());
}
void stock_rsa(benchmark::State& state) {
  verify_stock(state, rsa_scene());
}
void stock_p256(benchmark::State& state) {
  verify_stock(state, ec_scene());
}
void claim_rsa(benchmark::State& state) {
  static MdmSignatureVerifier verifier;
  const Scene& scene = rsa_scene();
  must(verifier.verify(scene.header, scene.body, scene.trust.front(), now));
  for (auto _ : state) {
    benchmark::DoNotOptimize(must(verifier.trusted_claim(scene.header, scene.trust.front(), now)));
  }
}

BENCHMARK(short_way_rsa)->Unit(benchmark::kMicrosecond)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(short_way_p256)->Unit(benchmark::kMicrosecond);
BENCHMARK(stock_rsa)->Unit(benchmark::kMicrosecond)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(stock_p256)->Unit(benchmark::kMicrosecond);
BENCHMARK(claim_rsa)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bramley
