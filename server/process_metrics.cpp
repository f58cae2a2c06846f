#include "server/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/base/version.h"

namespace bramley {
namespace {

// The columns of /proc/self/stat that we want (proc(5), counted from 1).
struct ProcessStat {
  double cpu_ticks = 0;
  double threads = 0;
  double start_ticks = 0;  // since boot
  double virtual_bytes = 0;
  double resident_pages = 0;
};

ProcessStat read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // The second column, the name, may hold spaces and ends with the last parenthesis.
  const std::size_t name_end = text.rfind(')');
  std::istringstream columns(name_end == std::string::npos ? "" : text.substr(name_end + 1));
  ProcessStat stat;
  std::string column;
  for (int number = 3; number <= 24 && columns >> column; ++number) {
    const double value = number == 3 ? 0 : std::strtod(column.c_str(), nullptr);
    switch (number) {
      case 14:  // utime
      case 15:  // stime
        stat.cpu_ticks += value;
        break;
      case 20:
        stat.threads = value;
        break;
      case 22:
        stat.start_ticks = value;
        break;
      case 23:
        stat.virtual_bytes = value;
        break;
      case 24:
        stat.resident_pages = value;
        break;
      default:
        break;
    }
  }
  return stat;
}

double ticks_a_second() {
  return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// Seconds since 1970; 0 where /proc does not say.
double boot_time() {
  std::ifstream file("/proc/stat");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("btime ")) {
      return std::strtod(line.c_str() + 6, nullptr);
    }
  }
  return 0;
}

double open_files() {
  std::error_code failure;
  double count = -1;  // the one that reads the folder
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", failure);
       !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    ++count;
  }
  return count;
}

double most_open_files() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

void add(Metrics& metrics, Metrics::Kind kind, const char* name, const char* help,
         std::function<double()> read) {
  metrics.source(kind, {name, help},
                 [read = std::move(read)] { return std::vector<MetricSample>{{{}, read()}}; });
}

}  // namespace

void add_process_metrics(Metrics& metrics) {
  using Kind = Metrics::Kind;
  add(metrics, Kind::counter, "process_cpu_seconds_total", "Processor time of the server.",
      [] { return read_stat().cpu_ticks / ticks_a_second(); });
  add(metrics, Kind::gauge, "process_start_time_seconds",
      "When the server was started, in seconds since 1970.",
      [] { return boot_time() + read_stat().start_ticks / ticks_a_second(); });
  add(metrics, Kind::gauge, "process_resident_memory_bytes", "Memory that the server holds.",
      [] { return read_stat().resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)); });
  add(metrics, Kind::gauge, "process_virtual_memory_bytes", "Address space that the server uses.",
      [] { return read_stat().virtual_bytes; });
  add(metrics, Kind::gauge, "process_threads", "Threads of the server.",
      [] { return read_stat().threads; });
  add(metrics, Kind::gauge, "process_open_fds", "Open files and connections.", open_files);
  add(metrics, Kind::gauge, "process_max_fds", "The most of them that are allowed.",
      most_open_files);
  metrics.source(
      Kind::gauge, {"bramley_build_info", "1, with the version of the server as its label."},
      [] { return std::vector<MetricSample>{{{{"version", std::string(program_version)}}, 1}}; });
}

}  // namespace bramley
