#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"

namespace bramley {

enum class DevicePlatform { mac, iphone, ipad };

// What a fake device is: everything about it that does not change. The same seed and index make the
// same device in every run.
struct SimulatedFacts {
  DevicePlatform platform = DevicePlatform::mac;
  std::string udid;
  std::string serial_number;
  std::string device_name;
  std::string model;         // the order number's part: "MRX33"
  std::string model_name;    // "MacBook Pro"
  std::string product_name;  // "Mac15,3"
  std::string os_version;
  std::string build_version;
  std::string wifi_mac;
  std::string imei;  // empty on a Mac
  std::string push_magic;
  Bytes push_token;    // 32 bytes
  Bytes unlock_token;  // empty on a Mac
  double capacity_gb = 0;
  double available_gb = 0;
};

// `index` counts from 0. The first device is a Mac; then Macs, iPhones and iPads take turns.
SimulatedFacts make_device_facts(std::uint64_t seed, std::size_t index);

}  // namespace bramley
