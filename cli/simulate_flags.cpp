#include "cli/simulate_flags.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "cli/api_client.h"

namespace bramley {
namespace {

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

Status check_link(const std::string& url) {
  auto checked = check_base_url(origin_of(url));
  return checked ? Status() : Status(std::move(checked).error().while_doing("--url"));
}

Status check_apns_combination(const SimulateFlags& flags) {
  const bool details =
      flags.apns_cert || flags.apns_key || !flags.apns_faults.empty() || flags.switched_off != "0";
  if (!flags.apns_listen) {
    if (details) {
      return Error{
          ErrorCode::malformed,
          "--apns-cert, --apns-key, --apns-fault and --switched-off go with --apns-listen"};
    }
    return {};
  }
  if (flags.replay || flags.prepare) {
    return Error{ErrorCode::malformed, "--apns-listen goes neither with --replay nor --prepare"};
  }
  if (flags.apns_cert.has_value() != flags.apns_key.has_value()) {
    return Error{ErrorCode::malformed, "--apns-cert and --apns-key go together"};
  }
  if (!flags.apns_cert && !flags.directory) {
    return Error{ErrorCode::malformed, "--apns-listen wants --apns-cert and --apns-key, or --dir",
                 "the server must trust the certificate, so it is made and kept in a folder"};
  }
  return {};
}

// A flag that says nothing beside another is a misunderstanding: better said.
Status check_combination(const SimulateFlags& flags) {
  const int sources = flags.profile.has_value() + flags.url.has_value() + flags.replay.has_value();
  if (sources != 1) {
    return Error{ErrorCode::malformed, "give one of --profile, --url and --replay",
                 "'bramley profile enrollment --out FILE' makes a profile"};
  }
  if (flags.mtls && flags.prepare) {
    return Error{ErrorCode::malformed,
                 "--prepare and --mtls exclude one another: a TLS handshake cannot be prepared"};
  }
  if (flags.replay && (flags.prepare || flags.directory || flags.mtls || flags.check_out)) {
    return Error{ErrorCode::malformed,
                 "--prepare, --dir, --mtls and --check-out do not go with --replay",
                 "--replay sends what was prepared, and nothing else"};
  }
  if (!flags.replay && !flags.messages.empty()) {
    return Error{ErrorCode::malformed, "--message goes with --replay"};
  }
  TRY(check_apns_combination(flags));
  if (flags.force && !flags.prepare) {
    return Error{ErrorCode::malformed, "--force goes with --prepare"};
  }
  return {};
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
  node.flag(
      {.name = "poll",
       .value = "DURATION",
       .help = "Pause between the polls of a device; 0 with --apns-listen: they come only when "
               "they are pushed"},
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

void declare_apns(CommandNode& node, SimulateFlags& flags) {
  node.flag({.name = "apns-listen",
             .value = "ADDR",
             .help = "Be Apple's push service there (HOST:PORT; port 0: a free one), and wake the "
                     "devices that are pushed"},
            flags.apns_listen);
  node.flag({.name = "apns-cert",
             .value = "FILE",
             .help = "TLS certificate of that service, for the server to trust (PEM)",
             .default_text = "one for localhost, kept in DIR/apns of --dir"},
            flags.apns_cert);
  node.flag({.name = "apns-key", .value = "FILE", .help = "Its key"}, flags.apns_key);
  node.flag({.name = "apns-fault",
             .value = "FAULT:P",
             .help = "Let this share of the pushes fail: 400, 403, 410, 413, 429, 500, 503, hang "
                     "(no answer), drop (the connection breaks) or goaway (it is given notice)"},
            flags.apns_faults);
  node.flag({.name = "switched-off",
             .value = "P",
             .help = "Share of pushes that find their device switched off, 0 to 1"},
            flags.switched_off);
  node.flag({.name = "switched-off-time",
             .value = "DURATION",
             .help = "How long it then stays off; it gets the latest push afterwards"},
            flags.switched_off_time);
}

}  // namespace

Result<SimulationNumbers> check_simulate_flags(const SimulateFlags& flags) {
  TRY(check_combination(flags));
  if (flags.url) {
    TRY(check_link(*flags.url));
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
  TRY_ASSIGN(const double offline, parse_number("--switched-off", flags.switched_off, 1));
  return SimulationNumbers{rate, not_now, error, offline};
}

std::string intention_of(const SimulateFlags& flags) {
  if (flags.replay) {
    return "send the requests in " + *flags.replay;
  }
  const std::size_t devices = device_count(flags);
  const std::string who =
      std::to_string(devices) + (devices == 1 ? " simulated device" : " simulated devices");
  return flags.prepare ? "prepare requests of " + who + " in " + *flags.prepare
                       : "let " + who + " talk to the server";
}

std::size_t device_count(const SimulateFlags& flags) {
  return static_cast<std::size_t>(std::max<std::int64_t>(flags.devices, 1));
}

std::string origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t end = host == std::string_view::npos ? host : url.find_first_of("/?", host + 3);
  return std::string(url.substr(0, end));
}

void declare_simulate_flags(CommandNode& node, SimulateFlags& flags) {
  declare_sources(node, flags);
  declare_pace(node, flags);
  declare_behaviour(node, flags);
  declare_apns(node, flags);
}

}  // namespace bramley
