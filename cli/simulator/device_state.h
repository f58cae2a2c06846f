#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/simulator/device_facts.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"

namespace bramley {

// A configuration profile that a fake device keeps, as ProfileList tells it.
struct InstalledProfile {
  std::string identifier;
  std::string uuid;
  std::string display_name;
  std::string organization;
  std::int64_t version = 1;
  std::vector<std::string> payload_types;
};

// Everything that a fake device remembers.
struct DeviceState {
  SimulatedFacts facts;
  // The profile it enrolled with, byte for byte; empty: never enrolled.
  Bytes enrollment_profile;
  // Where it is enrolled; empty when it is not.
  std::string server_url;
  std::optional<PrivateKey> key;
  std::optional<Certificate> certificate;
  std::vector<InstalledProfile> profiles;

  [[nodiscard]] bool is_enrolled() const { return !server_url.empty() && certificate && key; }
};

// Keeps devices in a directory, so that the same ones come back: one folder a device (`000001` and
// so on) with device.json, key.pem (0600), certificate.pem and enrollment.mobileconfig (0600: it
// may hold a challenge). Without a directory it remembers nothing. Different devices may be used
// from different threads.
class DeviceDirectory {
 public:
  DeviceDirectory(std::optional<std::filesystem::path> path, std::uint64_t seed)
      : path_(std::move(path)), seed_(seed) {}

  // The device as it was saved; a new one when there is none. malformed: files that are not ours.
  Result<DeviceState> load(std::size_t index) const;
  Status save(std::size_t index, const DeviceState& state) const;
  // The key is slow to make, so it is kept as soon as it is there.
  Status save_key(std::size_t index, const PrivateKey& key) const;

 private:
  [[nodiscard]] std::filesystem::path folder(std::size_t index) const;
  Result<DeviceState> read(std::size_t index) const;

  std::optional<std::filesystem::path> path_;
  std::uint64_t seed_;
};

}  // namespace bramley
