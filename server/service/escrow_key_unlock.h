#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/net/curl_http_client.h"

namespace bramley {

// Turns a device's Activation Lock off with the key that its organization holds (Apple, "Bypass
// code creation and use"): asks Apple over TLS with the push certificate of the device's topic, as
// NanoMDM's /v1/escrowkeyunlock does.
class EscrowKeyUnlock {
 public:
  struct Identity {
    std::string certificate_pem;
    std::shared_ptr<const SecretBytes> key_pem;
  };
  struct Options {
    std::string url;
    // As HttpClientOptions has them.
    std::optional<std::string> ca_pem = {};
    std::optional<std::string> proxy = {};
  };
  struct Seams {
    // The pair in force for a topic; an Error says why there is none.
    std::function<Result<Identity>(const std::string& topic)> identity_of;
    std::function<std::unique_ptr<HttpClient>(HttpClientOptions)> make_client;
  };
  EscrowKeyUnlock(Options options, Seams seams)
      : options_(std::move(options)), seams_(std::move(seams)) {}

  // `request` is the caller's: its query and its form have topic, serial, productType, escrowKey,
  // orgName and guid, and may have imei, imei2 and meid. The answer is Apple's: status, headers,
  // body. malformed: something is missing. The key is in no Error.
  [[nodiscard]] Result<HttpResponse> unlock(const HttpRequest& request) const;

 private:
  const Options options_;
  const Seams seams_;
};

}  // namespace bramley
