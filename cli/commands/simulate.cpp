#include <memory>

#include "cli/commands/commands.h"
#include "cli/input.h"
#include "cli/interruption.h"
#include "cli/output_file.h"
#include "cli/session.h"
#include "cli/simulate_flags.h"
#include "cli/simulated_apns.h"
#include "cli/simulation_report.h"

namespace bramley {
namespace {

constexpr std::string_view description =
    "Simulated Macs, iPhones and iPads get certificates by SCEP, enroll, poll, and answer commands "
    "as real ones would: DeviceInformation, SecurityInfo, ProfileList, InstallProfile, "
    "RemoveProfile, CertificateList and InstalledApplicationList; all others with an Error. They "
    "trust the roots in the profile and those of --ca-file. A profile with a one-time challenge "
    "enrolls one device; several need an enrollment link, or a server with open enrollment.\n\n"
    "With --dir they remember who they are, so that the same devices come back; without it they "
    "are new each time, with the same names. Ctrl-C ends the simulation early, with its "
    "summary.\n\n"
    "With --apns-listen the command is also Apple's push service, for a server that is started "
    "with --apns-url: HTTP/2, a client certificate of the topic required, judged as Apple does. A "
    "push wakes its device at once; for one that is off the latest push is kept as long as its "
    "expiration says.\n\n"
    "--prepare makes keys, certificates and signed requests and sends none of these; --replay "
    "sends them, which costs so little that a server can be measured from the same machine. The "
    "folder has one JSON file a device with the requests Authenticate, TokenUpdate and Idle: "
    "method, URL, headers and body.";

// Where devices get their profile, and whose devices they then are.
struct ProfileSource {
  std::function<Result<Bytes>()> fetch;
  std::string origin;
};

Result<ProfileSource> profile_from_file(const std::string& name) {
  TRY_ASSIGN(auto document, read_input(name));
  auto content = read_enrollment_profile(document);
  if (!content) {
    return std::move(content).error().while_doing(name);
  }
  return ProfileSource{[document]() -> Result<Bytes> { return document; },
                       origin_of(content->server_url)};
}

Result<Bytes> download_profile(HttpClient& http, const std::string& url,
                               SimulationStatistics& statistics) {
  HttpRequest request;
  request.method = "GET";
  request.target = url;
  TRY_ASSIGN(auto response, send_counted(http, request, "profile", statistics));
  if (response.status != 200) {
    return Error{ErrorCode::unavailable, "get the enrollment profile: the server answered " +
                                             std::to_string(response.status)};
  }
  return std::move(response.body);
}

ProfileSource profile_from_url(const std::string& given, SharedHttpClients& clients,
                               const std::string& ca_pem, SimulationStatistics& statistics) {
  const std::string origin = origin_of(given);
  const bool is_server = given == origin || given == origin + "/";
  // The server's own address: open enrollment.
  const std::string url = is_server ? origin + "/enroll" : given;
  return {[&clients, &statistics, url, ca_pem] {
            return download_profile(*clients.trusting(ca_pem), url, statistics);
          },
          origin};
}

// Everything that lives as long as a simulation.
struct Simulation {
  Simulation(Session& session, const SimulateFlags& flags)
      : clients(session.surroundings().make_http),
        directory(
            flags.directory ? std::optional<std::filesystem::path>(*flags.directory) : std::nullopt,
            static_cast<std::uint64_t>(flags.seed)) {}

  Interruption interruption;
  SimulationStatistics statistics;
  SharedHttpClients clients;
  DeviceDirectory directory;
};

Result<std::string> read_authorities(const Session& session) {
  if (session.flags().ca_file.empty()) {
    return std::string();
  }
  TRY_ASSIGN(const auto pem, read_input_file(session.flags().ca_file));
  return to_text(pem);
}

FleetOptions fleet_options(const SimulateFlags& flags, const SimulationNumbers& numbers) {
  FleetOptions options;
  options.devices = device_count(flags);
  options.threads = static_cast<std::size_t>(flags.threads);
  options.duration = flags.duration.value_or(std::chrono::minutes(1));
  options.poll = flags.poll;
  options.rate = numbers.rate;
  options.ending = flags.check_out ? FleetOptions::Ending::check_out : FleetOptions::Ending::stay;
  return options;
}

DeviceBehaviour behaviour_of(const SimulateFlags& flags, const SimulationNumbers& numbers) {
  return {.proof = flags.mtls ? Proof::tls_certificate : Proof::mdm_signature,
          .not_now_share = numbers.not_now,
          .error_share = numbers.error,
          .key_bits = static_cast<int>(flags.key_bits)};
}

CommandResult result_of(const FleetCounts& counts) {
  const std::size_t good = counts.enrolled + counts.left + counts.checked_out + counts.prepared;
  if (good == counts.devices) {
    return ExitCode::done;
  }
  return CommandResult::failed(
      {ErrorCode::unavailable, std::to_string(counts.devices - good) + " of " +
                                   std::to_string(counts.devices) + " devices did not enroll"});
}

// What every device would fail at is said once, before the first starts.
Status check_folders(const SimulateFlags& flags) {
  if (flags.directory) {
    TRY(make_private_directory(*flags.directory));
  }
  if (flags.prepare) {
    TRY(make_private_directory(*flags.prepare));
    TRY(check_output_file(std::filesystem::path(*flags.prepare) / first_prepared_file,
                          overwrite_if(flags.force)));
  }
  return {};
}

CommandResult run_fleet(Session& session, const SimulateFlags& flags,
                        const SimulationNumbers& numbers) {
  TRY(check_folders(flags));
  Simulation simulation(session, flags);
  TRY_ASSIGN(const auto ca_pem, read_authorities(session));
  ProfileSource source;
  if (flags.profile) {
    TRY_ASSIGN(source, profile_from_file(*flags.profile));
  } else {
    source = profile_from_url(*flags.url, simulation.clients, ca_pem, simulation.statistics);
  }
  const DeviceSurroundings surroundings{.clock = session.clock(),
                                        .random = session.random(),
                                        .statistics = simulation.statistics,
                                        .clients = simulation.clients,
                                        .directory = simulation.directory,
                                        .behaviour = behaviour_of(flags, numbers),
                                        .seed = static_cast<std::uint64_t>(flags.seed),
                                        .fetch_profile = source.fetch,
                                        .server_origin = source.origin,
                                        .ca_pem = ca_pem};
  TRY_ASSIGN(const auto apns,
             SimulatedApns::start(session, flags, numbers.offline, simulation.statistics));
  FleetOptions options = fleet_options(flags, numbers);
  options.mailbox = apns ? &apns->mailbox() : nullptr;
  Fleet fleet(options, surroundings);
  const auto on_tick = [&](const FleetCounts& counts) {
    session.progress(std::to_string(counts.enrolled + counts.prepared) + " of " +
                     std::to_string(counts.devices) + " devices ready, " +
                     std::to_string(counts.failed) + " failed, " +
                     std::to_string(simulation.statistics.total()) + " requests");
    return !simulation.interruption.has_come();
  };
  const auto start = session.surroundings().elapsed();
  const FleetCounts counts = flags.prepare
                                 ? fleet.prepare(*flags.prepare, overwrite_if(flags.force), on_tick)
                                 : fleet.run(on_tick);
  session.progress({});
  if (apns && apns->mailbox().lost() > 0) {
    session.warn(
        std::to_string(apns->mailbox().lost()) +
        " pushes were lost: their devices were off, and apns-expiration did not let them wait");
  }
  print_simulation(session, counts, simulation.statistics,
                   session.surroundings().elapsed() - start);
  return result_of(counts);
}

CommandResult run_replay(Session& session, const SimulateFlags& flags) {
  Simulation simulation(session, flags);
  TRY_ASSIGN(const auto ca_pem, read_authorities(session));
  const std::int64_t devices = flags.devices == 0 ? most_devices : flags.devices;
  TRY_ASSIGN(const auto fleet,
             read_prepared_requests(*flags.replay, static_cast<std::size_t>(devices)));
  const ReplayOptions options{.threads = static_cast<std::size_t>(flags.threads),
                              .duration = flags.duration.value_or(std::chrono::seconds(0)),
                              .messages = flags.messages};
  const auto http = simulation.clients.trusting(fleet.roots + ca_pem);
  const ReplaySummary summary = replay(fleet, options, *http, simulation.statistics,
                                       [&] { return !simulation.interruption.has_come(); });
  print_replay(session, summary, simulation.statistics);
  for (const MessageStatistics& message : simulation.statistics.messages()) {
    if (message.by_status != std::map<int, std::uint64_t>{{200, message.sent}}) {
      return CommandResult::failed({ErrorCode::unavailable, "not all requests were accepted"});
    }
  }
  return ExitCode::done;
}

CommandResult simulate(Session& session, const SimulateFlags& flags) {
  const auto numbers = check_simulate_flags(flags);
  if (!numbers) {
    return CommandResult::usage(numbers.error());
  }
  if (const Status apns = SimulatedApns::check(flags); !apns) {
    return CommandResult::usage(apns.error());
  }
  if (flags.dry_run) {
    return would_change(session, intention_of(flags));
  }
  return flags.replay ? run_replay(session, flags) : run_fleet(session, flags, *numbers);
}

}  // namespace

void add_simulate(CommandNode& root) {
  auto flags = std::make_shared<SimulateFlags>();
  CommandNode& node =
      root.add("simulate", "Run simulated Apple devices against a server")
          .describe(std::string(description))
          .prints_data()
          .example("bramley simulate --profile enroll.mobileconfig --duration 10m",
                   "a device that stays for ten minutes")
          .example(
              "bramley simulate --url https://mdm.example.com/enroll/TOKEN --devices 100 "
              "--dir devices --duration 0",
              "a hundred devices that enroll, and can come back")
          .example(
              "bramley simulate --url https://mdm.example.com --devices 10 --dir devices --poll 0 "
              "--apns-listen 127.0.0.1:2197",
              "devices that come when the server pushes them");
  declare_simulate_flags(node, *flags);
  node.run([flags](Session& session) { return simulate(session, *flags); });
}

}  // namespace bramley
