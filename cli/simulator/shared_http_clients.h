#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/net/curl_http_client.h"

namespace bramley {

using HttpClientFactory = std::function<std::unique_ptr<HttpClient>(HttpClientOptions)>;

// One client for all devices that trust the same roots: connections are reused, and a thousand
// devices need no thousand of them. Safe to call from several threads.
class SharedHttpClients {
 public:
  explicit SharedHttpClients(HttpClientFactory make_http) : make_http_(std::move(make_http)) {}

  // `roots`: PEM; empty: those of the system.
  std::shared_ptr<HttpClient> trusting(const std::string& roots);
  // A client of its own, with a certificate for TLS.
  std::shared_ptr<HttpClient> with_certificate(const std::string& roots,
                                               const std::string& certificate, SecretBytes key);

 private:
  HttpClientFactory make_http_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<HttpClient>> clients_;
};

}  // namespace bramley
