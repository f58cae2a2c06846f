// Sends PKCSReq after PKCSReq to a SCEP server with a static challenge, all made beforehand, and
// prints in JSON how it went. scep_load URL CA-FILE CHALLENGE-FILE COUNT THREADS

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "core/base/encoding.h"
#include "core/base/file.h"
#include "core/crypto/local_certificate_authority.h"
#include "core/net/curl_http_client.h"
#include "core/scep/scep_client_message.h"

namespace bramley {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Device {
  PrivateKey key;
  Certificate certificate;
};

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::cerr << result.error().message << '\n';
    std::exit(1);
  }
  return std::move(result).value();
}

std::vector<Device> make_devices(Random& random, Timestamp now) {
  std::vector<Device> devices;
  for (int i = 0; i < 8; ++i) {
    const auto key = must(PrivateKey::generate_rsa(2048));
    const auto certificate =
        must(make_self_signed(key,
                              {.subject = {{"CN", "bench"}},
                               .not_before = now,
                               .not_after = now + std::chrono::hours(1),
                               .host_names = {},
                               .purpose = SelfSignedTerms::Purpose::scep_requester},
                              random));
    devices.push_back({key, certificate});
  }
  return devices;
}

Bytes make_request(const Device& device, const Certificate& authority, const SecretBytes& challenge,
                   Timestamp now, Random& random) {
  const Bytes transaction = random_bytes(random, 16);
  const auto csr = must(make_certificate_request(device.key, {{{"CN", "bench"}}, &challenge}));
  return must(make_scep_request(csr.der(), authority, device.certificate, device.key,
                                {.type = ScepMessageType::pkcs_req,
                                 .transaction_id = encode_hex(transaction),
                                 .sender_nonce = random_bytes(random, 16),
                                 .cipher = ContentCipher::aes_128_cbc,
                                 .digest = DigestAlgorithm::sha256,
                                 .signing_time = now}));
}

double processor_microseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](timeval time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

int run(const std::string& url, const char* ca_file, const char* challenge_file, std::size_t count,
        std::size_t threads) {
  SystemRandom random;
  const Timestamp now = SystemClock().now();
  HttpClientOptions options;
  options.ca_pem = to_text(must(read_file(ca_file)));
  CurlHttpClient http(options);
  HttpRequest ask;
  ask.method = "GET";
  ask.target = url + "?operation=GetCACert";
  const auto answer = must(http.send(ask));
  const auto authority = must(Certificate::from_der(answer.body));
  const SecretBytes challenge(must(read_file(challenge_file)));
  const auto devices = make_devices(random, now);
  std::vector<Bytes> requests;
  for (std::size_t i = 0; i < count; ++i) {
    requests.push_back(
        make_request(devices[i % devices.size()], authority, challenge, now, random));
  }
  std::vector<double> took(count);
  std::atomic<std::size_t> next = 0;
  std::atomic<int> refused = 0;
  const double processor = processor_microseconds();
  const auto begin = SteadyClock::now();
  {
    std::vector<std::jthread> running;
    for (std::size_t thread = 0; thread < threads; ++thread) {
      running.emplace_back([&] {
        for (std::size_t i = next++; i < count; i = next++) {
          HttpRequest request;
          request.method = "POST";
          request.target = url + "?operation=PKIOperation";
          request.headers.add("Content-Type", "application/x-pki-message");
          request.body = requests[i];
          const auto sent = SteadyClock::now();
          const auto reply = http.send(request);
          took[i] = std::chrono::duration<double, std::milli>(SteadyClock::now() - sent).count();
          // A refusal is a much smaller message than a certificate.
          refused += reply && reply->status == 200 && reply->body.size() > 2000 ? 0 : 1;
        }
      });
    }
  }
  const double wall = std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
  std::ranges::sort(took);
  std::cout << R"({"requests":)" << count << R"(,"duration_ms":)" << wall
            << R"(,"generator_cpu_us_per_request":)"
            << (processor_microseconds() - processor) / static_cast<double>(count)
            << R"(,"messages":[{"p99_ms":)" << took[count * 99 / 100] << R"(,"statuses":{"200":)"
            << count - static_cast<std::size_t>(refused) << R"(,"refused":)" << refused
            << R"(}}],"errors":[]})" << '\n';
  return 0;
}

}  // namespace
}  // namespace bramley

int main(int count, char** arguments) {
  if (count != 6) {
    return 2;
  }
  return bramley::run(arguments[1], arguments[2], arguments[3],
                      std::strtoul(arguments[4], nullptr, 10),
                      std::strtoul(arguments[5], nullptr, 10));
}
