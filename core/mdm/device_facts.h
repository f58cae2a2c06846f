#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/clock.h"

namespace bramley {

// What is known of a device. The numbers are in databases out there: they never change, and none is
// used again.
enum class Fact : std::uint8_t {
  udid = 1,
  serial_number = 2,
  device_name = 3,
  model = 4,
  model_name = 5,
  product_name = 6,
  platform = 7,
  os_version = 8,
  os_version_extra = 9,
  build_version = 10,
  supervised = 11,
  user_enrollment = 12,
  shared_ipad = 13,
  is_awaiting_configuration = 14,
  apple_silicon = 15,
  activation_lock = 16,
  lost_mode = 17,
  capacity_gb = 18,
  available_gb = 19,
  battery_level = 20,
  wifi_mac = 21,
  filevault_enabled = 22,
  filevault_personal_key = 23,
  filevault_institutional_key = 24,
  passcode_present = 25,
  passcode_compliant = 26,
  system_integrity_protection = 27,
  firewall_enabled = 28,
  firmware_password = 29,
  recovery_lock = 30,
  remote_desktop = 31,
  secure_boot_level = 32,
  enrolled_via_dep = 33,
  user_approved_enrollment = 34,
  last_seen = 35,
  enrolled_at = 36,
};

// version: dotted numbers, as "14.4". moment: of the server's own clock.
enum class FactType { text, version, yes_no, number, moment };

struct FactInfo {
  Fact fact;
  std::string_view name;  // as the API, the expressions of selections and the command line have it
  FactType type;
};
// In the order in which people are shown them.
std::span<const FactInfo> all_facts();
const FactInfo& fact_info(Fact fact);
const FactInfo* find_fact(std::string_view name);

// text and version are strings.
using FactValue = std::variant<bool, double, std::string, Timestamp>;

struct KnownFact {
  Fact fact;
  FactValue value;
  // When the server learnt it; none: before it kept account.
  std::optional<Timestamp> as_of = {};
  bool operator==(const KnownFact&) const = default;
};

// The facts of one device: each at most once. Small: it is made for each of 100,000 devices in a
// row.
class DeviceFacts {
 public:
  [[nodiscard]] const KnownFact* find(Fact fact) const;
  [[nodiscard]] const std::string* text(Fact fact) const;
  [[nodiscard]] const bool* yes_no(Fact fact) const;
  // In place of what was known. A value of another type than the fact's, and text that is empty,
  // longer than longest_fact or has control characters, is left out: it counts as never said.
  void set(Fact fact, FactValue value, std::optional<Timestamp> as_of);
  void forget(Fact fact);
  // Takes over all that `newer` has.
  void learn(const DeviceFacts& newer);
  [[nodiscard]] bool empty() const { return known_.empty(); }
  // By their numbers.
  [[nodiscard]] const std::vector<KnownFact>& known() const { return known_; }
  bool operator==(const DeviceFacts&) const = default;

 private:
  std::vector<KnownFact> known_;
};
inline constexpr std::size_t longest_fact = 255;

// Which of Apple's systems it runs: "macOS", "iOS", "iPadOS", "tvOS", "visionOS", "watchOS". No
// message says so, so it is read off ProductName ("Mac15,3", "iPad13,18", "RealityDevice14,1"),
// else off ModelName ("MacBook Pro"), else off Model, in which Macs send their product's name. An
// iPad before 13.1 has iOS. Sets the fact as of the one it was read off; forgets it when none says.
void derive_platform(DeviceFacts& facts);
// All that derive_platform can come to.
std::span<const std::string_view> platform_names();

}  // namespace bramley
