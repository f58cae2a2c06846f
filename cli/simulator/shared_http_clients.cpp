#include "cli/simulator/shared_http_clients.h"

namespace bramley {
namespace {

HttpClientOptions options_trusting(const std::string& roots) {
  HttpClientOptions options;
  options.user_agent = "bramley-simulate";
  if (!roots.empty()) {
    options.ca_pem = roots;
  }
  return options;
}

}  // namespace

std::shared_ptr<HttpClient> SharedHttpClients::trusting(const std::string& roots) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<HttpClient>& client = clients_[roots];
  if (client == nullptr) {
    client = make_http_(options_trusting(roots));
  }
  return client;
}

std::shared_ptr<HttpClient> SharedHttpClients::with_certificate(const std::string& roots,
                                                                const std::string& certificate,
                                                                SecretBytes key) {
  HttpClientOptions options = options_trusting(roots);
  options.certificate_pem = certificate;
  options.key_pem = std::make_shared<const SecretBytes>(std::move(key));
  return make_http_(std::move(options));
}

}  // namespace bramley
