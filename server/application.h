#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/net/curl_http_client.h"
#include "server/config.h"

namespace bramley {

// What the server stands on that tests replace.
struct ServerSeams {
  const Clock& clock;
  std::shared_ptr<Random> random;
  // Looks up an environment variable (credentials only); nullptr when unset.
  std::function<const char*(const char*)> environment;
  // For what the server asks of others.
  std::function<std::unique_ptr<HttpClient>(HttpClientOptions)> make_http = {};
};

// What a start did, for the person at the terminal.
struct StartReport {
  std::string url;
  // "https://127.0.0.1:8443", one an endpoint.
  std::vector<std::string> listening;
  // "http://127.0.0.1:9464/metrics"; empty: nobody can read them.
  std::string metrics;
  // "SCEP CA in DIR/credentials/scep-ca.pem", …: what was not there before.
  std::vector<std::string> made;
  // Worth a word, but no reason to stop: no push certificate, plain HTTP.
  std::vector<std::string> warnings;
};

// The whole of `bramley serve`: wires the layers, starts the listener and the background work.
class Application {
 public:
  // Everything is checked before the first request is taken. Each Error names what is at fault and
  // hints at the way out; after one, nothing is left half-written.
  static Result<std::unique_ptr<Application>> start(ServerConfig config, const ServerSeams& seams,
                                                    Log& log);
  virtual ~Application() = default;

  virtual const StartReport& report() const = 0;
  // Looks at TLS files, credentials and the users file again, now.
  virtual void reload() = 0;
  // Answers what is in flight, flushes, closes the store. Blocks up to the configured grace.
  // Idempotent.
  virtual void stop() = 0;
};

}  // namespace bramley
