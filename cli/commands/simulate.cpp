#include <charconv>
#include <limits>
#include <memory>

#include "cli/commands/commands.h"
#include "cli/input.h"
#include "cli/interruption.h"
#include "cli/session.h"
#include "cli/simulation_report.h"

namespace bramley {
namespace {

constexpr std::string_view description =
    "Simulated Macs, iPhones and iPads get certificates by SCEP, enroll, poll, and answer commands "
    "as real ones would: DeviceInformation, SecurityInfo, ProfileList, InstallProfile, "
    "RemoveProfile, CertificateList and InstalledApplicationList; all others with an Error. They "
    "trust the roots in the profile and those of --ca-file.\n\n"
    "With --dir they remember who they are, so that the same devices come back; without it they "
    "are new each time, with the same names. Ctrl-C ends the simulation early, with its "
    "summary.\n\n"
    "--prepare makes keys, certificates and signed requests and sends none of these; --replay "
    "sends them, which costs so little that a server can be measured from the same machine. The "
    "folder has one JSON file a device with the requests Authenticate, TokenUpdate and Idle: "
    "method, URL, headers and body.";

constexpr std::int64_t most_devices = 1'000'000;

struct SimulateFlags {
  std::optional<std::string> profile;
  std::optional<std::string> url;
  std::optional<std::string> replay;
  std::optional<std::string> prepare;
  std::optional<std::string> directory;
  std::int64_t devices = 0;
  std::int64_t threads = 8;
  std::int64_t seed = 1;
  std::int64_t key_bits = 0;
  std::optional<std::chrono::seconds> duration;
  std::chrono::seconds poll{5};
  std::string rate = "0";
  std::string not_now = "0";
  std::string error = "0";
  std::vector<std::string> messages;
  bool mtls = false;
  bool check_out = false;
  bool force = false;
  bool dry_run = false;
};

struct Numbers {
  double rate;
  double not_now;
  double error;
};

Result<double> parse_number(const std::string& flag, const std::string& text, double highest) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stop != end || !(number >= 0 && number <= highest)) {
    std::string most = std::to_string(static_cast<std::int64_t>(highest));
    return Error{ErrorCode::malformed, flag + ": not a number from 0 to " + most};
  }
  return number;
}

Status check_range(const std::string& flag, std::int64_t value, std::int64_t lowest,
                   std::int64_t highest) {
  if (value >= lowest && value <= highest) {
    return {};
  }
  return Error{ErrorCode::malformed, flag + ": not a number from " + std::to_string(lowest) +
                                         " to " + std::to_string(highest)};
}

Result<Numbers> check_flags(const SimulateFlags& flags) {
  const int sources = flags.profile.has_value() + flags.url.has_value() + flags.replay.has_value();
  if (sources != 1) {
    return Error{ErrorCode::malformed, "give one of --profile, --url and --replay",
                 "'bramley profile enrollment --out FILE' makes a profile"};
  }
  if (flags.mtls && flags.prepare) {
    return Error{ErrorCode::malformed,
                 "--prepare and --mtls exclude one another: a TLS handshake cannot be prepared"};
  }
  TRY(check_range("--devices", flags.devices, 0, most_devices));
  TRY(check_range("--threads", flags.threads, 1, 256));
  TRY(check_range("--seed", flags.seed, 0, std::numeric_limits<std::int64_t>::max()));
  if (flags.key_bits != 0) {
    TRY(check_range("--key-bits", flags.key_bits, 1024, 8192));
  }
  TRY_ASSIGN(const double rate, parse_number("--rate", flags.rate, 1e6));
  TRY_ASSIGN(const double not_now, parse_number("--not-now", flags.not_now, 1));
  TRY_ASSIGN(const double error, parse_number("--error", flags.error, 1));
  return Numbers{rate, not_now, error};
}

// "https://host:port" of a URL; all of it when there is no path.
std::string origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t end = host == std::string_view::npos ? host : url.find_first_of("/?", host + 3);
  return std::string(url.substr(0, end));
}

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

FleetOptions fleet_options(const SimulateFlags& flags, const Numbers& numbers) {
  FleetOptions options;
  options.devices = static_cast<std::size_t>(std::max<std::int64_t>(flags.devices, 1));
  options.threads = static_cast<std::size_t>(flags.threads);
  options.duration = flags.duration.value_or(std::chrono::minutes(1));
  options.poll = flags.poll;
  options.rate = numbers.rate;
  options.ending = flags.check_out ? FleetOptions::Ending::check_out : FleetOptions::Ending::stay;
  return options;
}

DeviceBehaviour behaviour_of(const SimulateFlags& flags, const Numbers& numbers) {
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

CommandResult run_fleet(Session& session, const SimulateFlags& flags, const Numbers& numbers) {
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
  Fleet fleet(fleet_options(flags, numbers), surroundings);
  const auto on_tick = [&](const FleetCounts& counts) {
    session.progress(std::to_string(counts.enrolled + counts.prepared) + " of " +
                     std::to_string(counts.devices) + " devices ready, " +
                     std::to_string(counts.failed) + " failed, " +
                     std::to_string(simulation.statistics.total()) + " requests");
    return !simulation.interruption.has_come();
  };
  const auto start = session.surroundings().elapsed();
  const FleetCounts counts =
      flags.prepare ? fleet.prepare(*flags.prepare,
                                    flags.force ? Overwrite::replace : Overwrite::refuse, on_tick)
                    : fleet.run(on_tick);
  session.progress({});
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
  const auto numbers = check_flags(flags);
  if (!numbers) {
    return CommandResult::usage(numbers.error());
  }
  if (flags.dry_run) {
    return would_change(
        session, "let " + std::to_string(flags.devices) + " simulated devices talk to the server");
  }
  return flags.replay ? run_replay(session, flags) : run_fleet(session, flags, *numbers);
}

void declare_sources(CommandNode& node, SimulateFlags& flags) {
  node.flag({.name = "profile",
             .value = "FILE",
             .help = "Enroll with this profile (- is standard input)"},
            flags.profile);
  node.flag({.name = "url",
             .value = "URL",
             .help = "Get the profile there: an enrollment link, one profile for each device, or "
                     "the address of a server with open enrollment"},
            flags.url);
  node.flag({.name = "dir", .value = "DIR", .help = "Remember the devices there"}, flags.directory);
  node.flag({.name = "prepare",
             .value = "DIR",
             .help = "Write signed requests there instead of sending them"},
            flags.prepare);
  node.flag({.name = "replay", .value = "DIR", .help = "Send the requests that were written there"},
            flags.replay);
  node.flag({.name = "message",
             .value = "NAME",
             .help = "With --replay: send only these requests",
             .choices = {"Authenticate", "TokenUpdate", "Idle"}},
            flags.messages);
  node.flag({.name = "force", .help = "Overwrite what --prepare finds"}, flags.force);
}

void declare_pace(CommandNode& node, SimulateFlags& flags) {
  node.flag({.name = "devices",
             .value = "N",
             .help = "How many devices",
             .default_text = "1; with --replay all"},
            flags.devices);
  node.flag({.name = "duration",
             .value = "DURATION",
             .help = "How long they go on; 0: each enrolls, polls once, and is done",
             .default_text = "1m; with --replay one round"},
            flags.duration);
  node.flag({.name = "poll", .value = "DURATION", .help = "Pause between the polls of a device"},
            flags.poll);
  node.flag({.name = "rate",
             .value = "R",
             .help = "Start at most so many enrollments and polls a second; 0: no limit"},
            flags.rate);
  node.flag({.name = "threads", .value = "N", .help = "How many devices act at one time"},
            flags.threads);
}

void declare_behaviour(CommandNode& node, SimulateFlags& flags) {
  node.flag({.name = "mtls",
             .help = "Prove who they are by TLS client certificates, not by Mdm-Signature"},
            flags.mtls);
  node.flag({.name = "not-now", .value = "P", .help = "Share of commands answered NotNow, 0 to 1"},
            flags.not_now);
  node.flag({.name = "error", .value = "P", .help = "Share of commands that fail, 0 to 1"},
            flags.error);
  node.flag({.name = "check-out", .help = "Check out at the end"}, flags.check_out);
  node.flag({.name = "key-bits",
             .value = "N",
             .help = "Size of their RSA keys",
             .default_text = "the profile's"},
            flags.key_bits);
  node.flag({.name = "seed", .value = "N", .help = "Another number makes other devices"},
            flags.seed);
  node.flag({.name = "dry-run", .help = "Say what would be done (exit 8), and do nothing"},
            flags.dry_run);
}

}  // namespace

void add_simulate(CommandNode& root) {
  auto flags = std::make_shared<SimulateFlags>();
  CommandNode& node =
      root.add("simulate", "Run simulated Apple devices against a server")
          .describe(std::string(description))
          .prints_data()
          .example("bramley simulate --profile enroll.mobileconfig --devices 3 --duration 10m",
                   "three devices that stay for ten minutes")
          .example(
              "bramley simulate --url https://mdm.example.com/enroll/TOKEN --devices 100 "
              "--dir devices --duration 0",
              "a hundred devices that enroll, and can come back");
  declare_sources(node, *flags);
  declare_pace(node, *flags);
  declare_behaviour(node, *flags);
  node.run([flags](Session& session) { return simulate(session, *flags); });
}

}  // namespace bramley
