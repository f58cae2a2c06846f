#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_tree.h"

namespace bramley {

inline constexpr std::int64_t most_devices = 1'000'000;

// `simulate`'s flags as they were written.
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
  std::optional<std::string> apns_listen;
  std::optional<std::string> apns_cert;
  std::optional<std::string> apns_key;
  std::vector<std::string> apns_faults;
  std::string switched_off = "0";
  std::chrono::seconds switched_off_time{10};
  bool mtls = false;
  bool check_out = false;
  bool force = false;
  bool dry_run = false;
};

// Those of the flags that are numbers with a point.
struct SimulationNumbers {
  double rate;
  double not_now;
  double error;
  double offline;
};

void declare_simulate_flags(CommandNode& node, SimulateFlags& flags);

// malformed: a number out of its range, or flags that contradict each other or say nothing
// together.
Result<SimulationNumbers> check_simulate_flags(const SimulateFlags& flags);

// What a run with them would do, in words: for --dry-run.
std::string intention_of(const SimulateFlags& flags);

std::size_t device_count(const SimulateFlags& flags);

// "https://host:port" of a URL; all of it when there is no path.
std::string origin_of(std::string_view url);

}  // namespace bramley
