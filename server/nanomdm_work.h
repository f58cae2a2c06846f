#pragma once

#include <memory>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/config.h"
#include "server/credentials/credential_source.h"
#include "server/dump_file.h"
#include "server/http/auth_proxy_handler.h"
#include "server/http/nanomdm_handler.h"
#include "server/http/traffic_dump.h"
#include "server/store/store.h"

namespace bramley {

// What of NanoMDM is there only when it is asked for, and for those who come from there.
class NanoMdmWork {
 public:
  using MakeHttp = std::function<std::unique_ptr<HttpClient>(HttpClientOptions)>;
  struct Ports {
    Store& store;
    const CredentialSource& credentials;
    // Empty: libcurl.
    MakeHttp make_http;
    DeviceAuthenticator& authenticator;
    const Clock& clock;
    Log& log;
    Log& door_log;
  };
  // Errors: of the file with the roots for Apple's services, of the dump's file.
  static Result<std::unique_ptr<NanoMdmWork>> build(const ServerConfig& config, const Ports& ports);

  NanoMdmExtras extras() { return {migration_.get(), escrow_key_unlock_.get()}; }
  // Null: there is none.
  AuthProxyHandler* auth_proxy() { return auth_proxy_.get(); }
  TrafficDump* dump() { return dump_.get(); }
  // Writes what waits for the dump. After the last request.
  void stop();

 private:
  Status open_dump(const ServerConfig& config, const Ports& ports);

  std::unique_ptr<MigrationService> migration_;
  std::unique_ptr<EscrowKeyUnlock> escrow_key_unlock_;
  std::unique_ptr<AuthProxyHandler> auth_proxy_;
  std::unique_ptr<DumpFile> dump_file_;
  std::unique_ptr<TrafficDump> dump_;  // before its file, in going
};

// What an operator should be told at the start of what `config` leaves open.
std::vector<std::string> warnings_of_open_doors(const ServerConfig& config, Timestamp now);

}  // namespace bramley
