#include "cli/simulated_apns.h"

#include "cli/input.h"
#include "core/base/file.h"
#include "server/endpoint_address.h"
#include "server/local_tls.h"

namespace bramley {
namespace {

Result<std::vector<ApnsFault>> faults_of(const SimulateFlags& flags) {
  std::vector<ApnsFault> faults;
  for (const std::string& text : flags.apns_faults) {
    TRY_ASSIGN(const auto fault, parse_apns_fault(text));
    faults.push_back(fault);
  }
  TRY(ApnsFaults::check(faults));
  return faults;
}

Result<EndpointAddress> address_of(const SimulateFlags& flags) {
  auto address = EndpointAddress::parse(*flags.apns_listen);
  return address ? std::move(address) : std::move(address).error().while_doing("--apns-listen");
}

Result<TlsFiles> tls_files(Session& session, const SimulateFlags& flags) {
  if (flags.apns_cert) {
    return TlsFiles{*flags.apns_cert, *flags.apns_key};
  }
  TRY_ASSIGN(const auto made, local_tls(std::filesystem::path(*flags.directory) / "apns",
                                        session.clock(), session.random()));
  return made.files;
}

}  // namespace

Status SimulatedApns::check(const SimulateFlags& flags) {
  if (flags.apns_listen) {
    TRY(address_of(flags));
    TRY(faults_of(flags));
  }
  return {};
}

Result<std::unique_ptr<SimulatedApns>> SimulatedApns::start(Session& session,
                                                            const SimulateFlags& flags,
                                                            double offline_share,
                                                            SimulationStatistics& statistics) {
  if (!flags.apns_listen) {
    return std::unique_ptr<SimulatedApns>();
  }
  TRY_ASSIGN(const auto address, address_of(flags));
  TRY_ASSIGN(auto faults, faults_of(flags));
  TRY_ASSIGN(const auto files, tls_files(session, flags));
  TRY_ASSIGN(const auto certificate, read_input_file(files.certificate_chain));
  TRY_ASSIGN(auto key, read_secret_file(files.key));
  std::unique_ptr<SimulatedApns> apns(
      new SimulatedApns({.offline_share = offline_share,
                         .offline_time = flags.switched_off_time,
                         .seed = static_cast<std::uint64_t>(flags.seed)},
                        session.clock(), std::move(faults)));
  TRY_ASSIGN(apns->server_,
             FakeApns::start(
                 {address.address, address.port, to_text(certificate), std::move(key)},
                 {apns->mailbox_, apns->faults_, statistics, session.clock(), session.random()}));
  session.note(
      "the simulated push service is https://localhost:" + std::to_string(apns->server_->port()) +
      ", its certificate " + files.certificate_chain.string());
  return apns;
}

}  // namespace bramley
