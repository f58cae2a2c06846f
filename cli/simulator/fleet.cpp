#include "cli/simulator/fleet.h"

#include <algorithm>
#include <thread>

#include "cli/simulator/device_schedule.h"
#include "cli/simulator/prepared_requests.h"
#include "core/base/encoding.h"

namespace bramley {
namespace {

constexpr std::chrono::milliseconds tick{200};

}  // namespace

enum class Fleet::Condition { fresh, failed, enrolled, left, checked_out, prepared };

struct Fleet::Slot {
  std::size_t index = 0;
  std::optional<SimulatedDevice> device;
  Condition condition = Condition::fresh;
};

Fleet::Fleet(const FleetOptions& options, const DeviceSurroundings& surroundings)
    : options_(options), surroundings_(surroundings), slots_(options.devices) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].index = i;
  }
}

Fleet::~Fleet() = default;

FleetCounts Fleet::run(const OnTick& on_tick) {
  const auto duration =
      options_.duration.count() > 0 ? std::optional(options_.duration) : std::nullopt;
  run_turns([this](Slot& slot) { return live(slot); }, duration, on_tick);
  if (options_.ending == FleetOptions::Ending::check_out) {
    run_turns([this](Slot& slot) { return check_out(slot); }, std::nullopt, on_tick);
  }
  return counts();
}

FleetCounts Fleet::prepare(const std::filesystem::path& folder, Overwrite overwrite,
                           const OnTick& on_tick) {
  run_turns([&](Slot& slot) { return write_requests(slot, folder, overwrite); }, std::nullopt,
            on_tick);
  return counts();
}

void Fleet::run_turns(const Turn& turn, std::optional<std::chrono::seconds> duration,
                      const OnTick& on_tick) {
  DeviceSchedule schedule(slots_.size(), options_.rate);
  if (options_.mailbox != nullptr) {
    options_.mailbox->set_wake(
        [&schedule](std::size_t device, TimePoint when) { schedule.wake(device, when); });
  }
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::clamp<std::size_t>(options_.threads, 1, slots_.size()); ++i) {
    threads.emplace_back([this, &schedule, &turn] {
      while (const auto index = schedule.take()) {
        schedule.give_back(*index, turn(slots_[*index]));
      }
    });
  }
  while (!schedule.wait_for_end(tick)) {
    const bool is_over = duration && std::chrono::steady_clock::now() - start >= *duration;
    if (!on_tick(counts()) || is_over) {
      schedule.stop();
    }
  }
  if (options_.mailbox != nullptr) {
    options_.mailbox->set_wake({});
  }
}

bool Fleet::load(Slot& slot) {
  if (slot.device) {
    return true;
  }
  auto device = SimulatedDevice::load(slot.index, surroundings_);
  if (!device) {
    surroundings_.statistics.record_error(device.error().message);
    set_condition(slot, Condition::failed);
    return false;
  }
  slot.device.emplace(*std::move(device));
  return true;
}

std::optional<Fleet::TimePoint> Fleet::live(Slot& slot) {
  if (!load(slot)) {
    return std::nullopt;
  }
  if (const auto enrolled = slot.device->enroll(); !enrolled) {
    surroundings_.statistics.record_error(enrolled.error().message);
    set_condition(slot, Condition::failed);
    return next_poll();
  }
  set_condition(slot, Condition::enrolled);
  tell_mailbox(slot);
  if (const auto polled = slot.device->poll(); !polled) {
    surroundings_.statistics.record_error(polled.error().message);
    if (!slot.device->state().is_enrolled()) {
      tell_mailbox(slot);
      set_condition(slot, Condition::left);
      return std::nullopt;
    }
  }
  return next_poll();
}

void Fleet::tell_mailbox(const Slot& slot) {
  if (options_.mailbox == nullptr) {
    return;
  }
  const DeviceState& state = slot.device->state();
  const std::string token = encode_hex(state.facts.push_token);
  if (state.is_enrolled()) {
    options_.mailbox->subscribe(token, slot.index, state.facts.push_magic);
  } else {
    options_.mailbox->unsubscribe(token);
  }
}

std::optional<Fleet::TimePoint> Fleet::check_out(Slot& slot) {
  if (!slot.device || !slot.device->state().is_enrolled()) {
    return std::nullopt;
  }
  if (const auto done = slot.device->check_out(); !done) {
    surroundings_.statistics.record_error(done.error().message);
  }
  tell_mailbox(slot);
  set_condition(slot, Condition::checked_out);
  return std::nullopt;
}

std::optional<Fleet::TimePoint> Fleet::write_requests(Slot& slot,
                                                      const std::filesystem::path& folder,
                                                      Overwrite overwrite) {
  if (!load(slot)) {
    return std::nullopt;
  }
  Status status = slot.device->prepare();
  if (status) {
    status = write_prepared_requests(*slot.device, slot.index, folder, overwrite);
  }
  if (!status) {
    surroundings_.statistics.record_error(status.error().message);
  }
  set_condition(slot, status ? Condition::prepared : Condition::failed);
  return std::nullopt;
}

std::optional<Fleet::TimePoint> Fleet::next_poll() const {
  if (options_.duration.count() == 0) {
    return std::nullopt;
  }
  constexpr std::chrono::hours until_pushed(24 * 365);
  const auto now = std::chrono::steady_clock::now();
  return options_.poll.count() > 0 || options_.mailbox == nullptr ? now + options_.poll
                                                                  : now + until_pushed;
}

void Fleet::set_condition(Slot& slot, Condition condition) {
  const std::lock_guard lock(mutex_);
  slot.condition = condition;
}

FleetCounts Fleet::counts() const {
  const std::lock_guard lock(mutex_);
  const auto count = [this](Condition condition) {
    return static_cast<std::size_t>(std::ranges::count(slots_, condition, &Slot::condition));
  };
  return {.devices = slots_.size(),
          .enrolled = count(Condition::enrolled),
          .failed = count(Condition::failed),
          .left = count(Condition::left),
          .checked_out = count(Condition::checked_out),
          .prepared = count(Condition::prepared)};
}

}  // namespace bramley
