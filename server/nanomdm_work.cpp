#include "server/nanomdm_work.h"

#include "core/base/file.h"
#include "server/push_identity_lookup.h"

namespace bramley {
namespace {

Result<EscrowKeyUnlock::Options> options_of(const ServerConfig& config) {
  EscrowKeyUnlock::Options options{config.escrow_key_unlock_url};
  options.proxy = config.apns_proxy;
  if (!config.apns_ca.empty()) {
    const auto roots = read_file(config.apns_ca);
    if (!roots) {
      return Error(roots.error()).while_doing("read --apns-ca-file");
    }
    options.ca_pem = to_text(*roots);
  }
  return options;
}

Result<EscrowKeyUnlock::Identity> tls_identity(const CredentialSource& credentials,
                                               const std::string& topic) {
  TRY_ASSIGN(const auto identity, push_identity(credentials, topic));
  TRY_ASSIGN(SecretBytes key, identity.key.to_pem());
  return EscrowKeyUnlock::Identity{identity.certificate.pem(),
                                   std::make_shared<const SecretBytes>(std::move(key))};
}

}  // namespace

Result<std::unique_ptr<NanoMdmWork>> NanoMdmWork::build(const ServerConfig& config,
                                                        const Ports& ports) {
  MakeHttp make_http = ports.make_http;
  if (!make_http) {
    make_http = [](HttpClientOptions options) {
      return std::make_unique<CurlHttpClient>(std::move(options));
    };
  }
  auto work = std::make_unique<NanoMdmWork>();
  if (config.migration) {
    work->migration_ =
        std::make_unique<MigrationService>(ports.store.enrollments(), ports.clock, ports.log);
  }
  TRY_ASSIGN(auto options, options_of(config));
  work->escrow_key_unlock_ = std::make_unique<EscrowKeyUnlock>(
      std::move(options),
      EscrowKeyUnlock::Seams{[&credentials = ports.credentials](const std::string& topic) {
                               return tls_identity(credentials, topic);
                             },
                             make_http});
  if (!config.auth_proxy_url.empty()) {
    work->auth_proxy_ = std::make_unique<AuthProxyHandler>(AuthProxyHandler::Dependencies{
        ports.authenticator, ports.store,
        make_http(AuthProxyHandler::http_options(config.auth_proxy_timeout)), config.auth_proxy_url,
        ports.door_log});
  }
  TRY(work->open_dump(config, ports));
  return work;
}

Status NanoMdmWork::open_dump(const ServerConfig& config, const Ports& ports) {
  if (config.dump.empty()) {
    return {};
  }
  TRY_ASSIGN(dump_file_, DumpFile::open(config.dump, ports.log));
  dump_ = std::make_unique<TrafficDump>(
      [file = dump_file_.get()](std::string_view text) { file->write(text); }, ports.clock);
  return {};
}

void NanoMdmWork::stop() {
  if (dump_) {
    dump_->stop();
  }
}

std::vector<std::string> warnings_of_open_doors(const ServerConfig& config, Timestamp now) {
  std::vector<std::string> warnings;
  if (config.retro_until && now < *config.retro_until) {
    warnings.push_back("--retro: until " + format_rfc3339(*config.retro_until) +
                       " a device without a certificate here is whoever first comes in its name "
                       "with a trusted identity");
  } else if (config.retro_until) {
    warnings.push_back("--retro ended at " + format_rfc3339(*config.retro_until) +
                       ": no certificate is associated any more");
  }
  if (config.migration) {
    warnings.push_back("--migration: whoever has the API key can write enrollments");
  }
  if (!config.dump.empty()) {
    warnings.push_back("--dump: what devices say is written to " +
                       (config.dump == "-" ? std::string("standard output") : config.dump) +
                       "; secrets are masked, the rest is not");
  }
  return warnings;
}

}  // namespace bramley
