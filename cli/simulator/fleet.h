#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "cli/simulator/push_mailbox.h"
#include "cli/simulator/simulated_device.h"
#include "core/base/file.h"

namespace bramley {

struct FleetOptions {
  std::size_t devices = 1;
  std::size_t threads = 4;
  // How long devices go on polling; zero: each enrolls, polls once, and is done.
  std::chrono::seconds duration{60};
  // Zero: at once again; with a mailbox, only when they are pushed.
  std::chrono::seconds poll{5};
  // Pushes wake the devices; null: nobody pushes. Outlives the fleet.
  PushMailbox* mailbox = nullptr;
  // Contacts (an enrollment, a poll) started in a second; 0: no limit.
  double rate = 0;
  // At the end, all of them check out.
  enum class Ending { stay, check_out } ending = Ending::stay;
};

struct FleetCounts {
  std::size_t devices = 0;
  std::size_t enrolled = 0;  // now
  std::size_t failed = 0;    // could not enroll the last time they tried
  std::size_t left = 0;      // were told to leave
  std::size_t checked_out = 0;
  std::size_t prepared = 0;
};

// Many fake devices on a few threads.
class Fleet {
 public:
  // Called a few times a second on the thread of the caller; returns false to end it early.
  using OnTick = std::function<bool(const FleetCounts&)>;

  Fleet(const FleetOptions& options, const DeviceSurroundings& surroundings);
  ~Fleet();

  // Enrolls and polls until the time is over. What goes wrong is in the statistics.
  FleetCounts run(const OnTick& on_tick);

  // Writes what each device would send into `folder` (prepared_requests.h), after it got its
  // certificate. `failed` counts those that could not.
  FleetCounts prepare(const std::filesystem::path& folder, Overwrite overwrite,
                      const OnTick& on_tick);

 private:
  struct Slot;
  enum class Condition;
  using TimePoint = std::chrono::steady_clock::time_point;
  // One turn of a device; when the next one is due.
  using Turn = std::function<std::optional<TimePoint>(Slot&)>;

  void run_turns(const Turn& turn, std::optional<std::chrono::seconds> duration,
                 const OnTick& on_tick);
  std::optional<TimePoint> live(Slot& slot);
  std::optional<TimePoint> check_out(Slot& slot);
  std::optional<TimePoint> write_requests(Slot& slot, const std::filesystem::path& folder,
                                          Overwrite overwrite);
  bool load(Slot& slot);
  void tell_mailbox(const Slot& slot);
  [[nodiscard]] std::optional<TimePoint> next_poll() const;
  [[nodiscard]] FleetCounts counts() const;
  void set_condition(Slot& slot, Condition condition);

  FleetOptions options_;
  const DeviceSurroundings& surroundings_;
  std::vector<Slot> slots_;
  mutable std::mutex
      mutex_;  // guards the slots' conditions; the devices belong to whoever has a turn
};

}  // namespace bramley
