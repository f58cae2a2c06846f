#include "cli/simulator/command_answers.h"

namespace bramley {
namespace {

void add_common(const SimulatedFacts& facts, PlistDictionary& answers) {
  answers.set("UDID", facts.udid);
  answers.set("SerialNumber", facts.serial_number);
  answers.set("DeviceName", facts.device_name);
  answers.set("Model", facts.model);
  answers.set("ModelName", facts.model_name);
  answers.set("ProductName", facts.product_name);
  answers.set("OSVersion", facts.os_version);
  answers.set("BuildVersion", facts.build_version);
  answers.set("WiFiMAC", facts.wifi_mac);
  answers.set("DeviceCapacity", facts.capacity_gb);
  answers.set("AvailableDeviceCapacity", facts.available_gb);
  answers.set("IsSupervised", true);
  answers.set("IsActivationLockEnabled", false);
  answers.set("IsMDMLostModeEnabled", false);
  answers.set("TimeZone", "Europe/Berlin");
}

void add_mac(const SimulatedFacts& facts, PlistDictionary& answers) {
  answers.set("HostName", "simulated-" + facts.serial_number + ".local");
  answers.set("LocalHostName", "simulated-" + facts.serial_number);
  answers.set("IsAppleSilicon", true);
  answers.set("SystemIntegrityProtectionEnabled", true);
  answers.set("ActiveManagedUsers", PlistArray{});
  answers.set("AutoSetupAdminAccounts", PlistArray{});
  answers.set("SupportsiOSAppInstalls", true);
  answers.set("OSUpdateSettings", PlistDictionary({{"AutoCheckEnabled", true},
                                                   {"AutomaticAppInstallationEnabled", true},
                                                   {"AutomaticOSInstallationEnabled", false},
                                                   {"BackgroundDownloadEnabled", true},
                                                   {"CatalogURL", ""},
                                                   {"IsDefaultCatalog", true},
                                                   {"PerformPeriodicCheck", true}}));
}

void add_mobile(const SimulatedFacts& facts, PlistDictionary& answers) {
  answers.set("BatteryLevel", 0.75);
  answers.set("IsDeviceLocatorServiceEnabled", false);
  answers.set("IsDoNotDisturbInEffect", false);
  answers.set("IsCloudBackupEnabled", false);
  answers.set("IsRoaming", false);
  answers.set("CellularTechnology", facts.platform == DevicePlatform::iphone ? 3 : 0);
  answers.set("ModemFirmwareVersion", "3.40.02");
  if (facts.platform == DevicePlatform::iphone) {
    answers.set("IMEI", facts.imei);
    answers.set("ServiceSubscriptions",
                PlistArray{PlistDictionary({{"Slot", "CTSubscriptionSlotOne"},
                                            {"IMEI", facts.imei},
                                            {"IsDataPreferred", true},
                                            {"IsRoaming", false}})});
  }
}

}  // namespace

PlistDictionary device_information(const DeviceState& state) {
  PlistDictionary answers;
  add_common(state.facts, answers);
  if (state.facts.platform == DevicePlatform::mac) {
    add_mac(state.facts, answers);
  } else {
    add_mobile(state.facts, answers);
  }
  return answers;
}

}  // namespace bramley
