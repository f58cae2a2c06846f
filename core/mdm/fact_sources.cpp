#include "core/mdm/fact_sources.h"

namespace bramley {
namespace {

struct Source {
  std::string_view key;
  Fact fact;
};
// Keys of QueryResponses; each is a query too.
constexpr Source information_keys[] = {
    {"UDID", Fact::udid},
    {"SerialNumber", Fact::serial_number},
    {"DeviceName", Fact::device_name},
    {"Model", Fact::model},
    {"ModelName", Fact::model_name},
    {"ProductName", Fact::product_name},
    {"OSVersion", Fact::os_version},
    {"SupplementalOSVersionExtra", Fact::os_version_extra},
    {"BuildVersion", Fact::build_version},
    {"IsSupervised", Fact::supervised},
    {"IsMultiUser", Fact::shared_ipad},
    {"AwaitingConfiguration", Fact::is_awaiting_configuration},
    {"IsAppleSilicon", Fact::apple_silicon},
    {"IsActivationLockEnabled", Fact::activation_lock},
    {"IsMDMLostModeEnabled", Fact::lost_mode},
    {"DeviceCapacity", Fact::capacity_gb},
    {"AvailableDeviceCapacity", Fact::available_gb},
    {"BatteryLevel", Fact::battery_level},
    {"WiFiMAC", Fact::wifi_mac},
};
constexpr Source security_keys[] = {
    {"FDE_Enabled", Fact::filevault_enabled},
    {"FDE_HasPersonalRecoveryKey", Fact::filevault_personal_key},
    {"FDE_HasInstitutionalRecoveryKey", Fact::filevault_institutional_key},
    {"PasscodePresent", Fact::passcode_present},
    {"PasscodeCompliant", Fact::passcode_compliant},
    {"SystemIntegrityProtectionEnabled", Fact::system_integrity_protection},
    {"IsRecoveryLockEnabled", Fact::recovery_lock},
    {"RemoteDesktopEnabled", Fact::remote_desktop},
};
constexpr Source firewall_keys[] = {{"FirewallEnabled", Fact::firewall_enabled}};
constexpr Source firmware_keys[] = {{"PasswordExists", Fact::firmware_password}};
constexpr Source boot_keys[] = {{"SecureBootLevel", Fact::secure_boot_level}};
constexpr Source management_keys[] = {{"EnrolledViaDEP", Fact::enrolled_via_dep},
                                      {"UserApprovedEnrollment", Fact::user_approved_enrollment}};

std::optional<FactValue> value_of(const PlistValue& value) {
  if (const auto* const yes_no = value.boolean()) {
    return *yes_no;
  }
  if (const auto* const integer = value.integer()) {
    return static_cast<double>(*integer);
  }
  if (const auto* const real = value.real()) {
    return *real;
  }
  if (const auto* const text = value.string()) {
    return *text;
  }
  return std::nullopt;
}

void take(DeviceFacts& facts, const PlistDictionary& from, std::span<const Source> sources) {
  for (const auto& [key, fact] : sources) {
    const PlistValue* const found = from.find(key);
    if (auto value = found == nullptr ? std::nullopt : value_of(*found)) {
      facts.set(fact, *std::move(value), std::nullopt);
    }
  }
}

const PlistDictionary* inner(const PlistDictionary& outer, std::string_view key) {
  const PlistValue* const found = outer.find(key);
  return found == nullptr ? nullptr : found->dictionary();
}

void take_inner(DeviceFacts& facts, const PlistDictionary& outer, std::string_view key,
                std::span<const Source> sources) {
  if (const PlistDictionary* const found = inner(outer, key)) {
    take(facts, *found, sources);
  }
}

// -1 where there is no battery, or its state is not known.
void drop_impossible(DeviceFacts& facts) {
  const KnownFact* const battery = facts.find(Fact::battery_level);
  if (battery != nullptr && std::get<double>(battery->value) < 0) {
    facts.forget(Fact::battery_level);
  }
}

}  // namespace

DeviceFacts facts_of(const Authenticate& message) {
  DeviceFacts facts;
  facts.set(Fact::serial_number, message.serial_number, std::nullopt);
  facts.set(Fact::device_name, message.device_name, std::nullopt);
  facts.set(Fact::model, message.model, std::nullopt);
  facts.set(Fact::model_name, message.model_name, std::nullopt);
  facts.set(Fact::product_name, message.product_name, std::nullopt);
  facts.set(Fact::os_version, message.os_version, std::nullopt);
  facts.set(Fact::build_version, message.build_version, std::nullopt);
  return facts;
}

DeviceFacts facts_of(const EnrollmentId& id) {
  DeviceFacts facts;
  const bool hidden = id.type() == EnrollmentType::user_enrollment ||
                      id.type() == EnrollmentType::user_enrollment_device;
  facts.set(Fact::user_enrollment, hidden, std::nullopt);
  if (!hidden) {
    facts.set(Fact::udid, id.device_value(), std::nullopt);
  }
  return facts;
}

DeviceFacts facts_of_report(const PlistDictionary& report) {
  DeviceFacts facts;
  take_inner(facts, report, "QueryResponses", information_keys);
  if (const PlistDictionary* const security = inner(report, "SecurityInfo")) {
    take(facts, *security, security_keys);
    take_inner(facts, *security, "FirewallSettings", firewall_keys);
    take_inner(facts, *security, "FirmwarePasswordStatus", firmware_keys);
    take_inner(facts, *security, "SecureBoot", boot_keys);
    take_inner(facts, *security, "ManagementStatus", management_keys);
  }
  drop_impossible(facts);
  return facts;
}

std::vector<std::string> fact_queries() {
  std::vector<std::string> queries;
  for (const Source& source : information_keys) {
    queries.emplace_back(source.key);
  }
  return queries;
}

}  // namespace bramley
