#include "server/push_work.h"

#include "core/apns/apns_push_provider.h"
#include "core/base/file.h"
#include "core/net/curl_http_batch_client.h"
#include "server/push_identity_lookup.h"

namespace bramley {
namespace {

// Past it a call answers without knowing what became of a push.
constexpr std::chrono::milliseconds longest_wait(5000);

Result<ApnsOptions> options_of(const ServerConfig& config) {
  ApnsOptions options;
  options.url = config.apns_url;
  options.proxy = config.apns_proxy;
  if (config.apns_ca.empty()) {
    return options;
  }
  const auto roots = read_file(config.apns_ca);
  if (!roots) {
    return Error(roots.error()).while_doing("read --apns-ca-file");
  }
  options.ca_pem = to_text(*roots);
  if (auto read = Certificate::all_from_pem(*options.ca_pem); !read) {
    return std::move(read).error().while_doing("read --apns-ca-file " + config.apns_ca.string());
  }
  return options;
}

}  // namespace

Result<std::unique_ptr<PushWork>> PushWork::build(const ServerConfig& config, const Ports& ports) {
  TRY_ASSIGN(auto options, options_of(config));
  auto work = std::make_unique<PushWork>();
  work->provider_ = std::make_unique<ApnsPushProvider>(
      std::move(options),
      ApnsPushProvider::Seams{[&credentials = ports.credentials](const std::string& topic) {
                                return push_identity(credentials, topic);
                              },
                              [](HttpClientOptions client) {
                                return std::make_unique<CurlHttpBatchClient>(std::move(client));
                              }},
      ports.clock, ports.log);
  work->dispatcher_ = std::make_unique<PushDispatcher>(
      PushDispatcher::Ports{ports.schedule, *work->provider_, ports.clock, ports.random, ports.log},
      PushDispatcher::Options());
  work->service_ = std::make_unique<ApnsPushService>(ports.schedule, *work->dispatcher_,
                                                     ports.random, longest_wait);
  return work;
}

}  // namespace bramley
