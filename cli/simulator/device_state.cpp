#include "cli/simulator/device_state.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/base/file.h"

namespace bramley {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* state_file = "device.json";
constexpr const char* key_file = "key.pem";
constexpr const char* certificate_file = "certificate.pem";
constexpr const char* profile_file = "enrollment.mobileconfig";

Json to_json(const InstalledProfile& profile) {
  return {{"identifier", profile.identifier},     {"uuid", profile.uuid},
          {"display_name", profile.display_name}, {"organization", profile.organization},
          {"version", profile.version},           {"payload_types", profile.payload_types}};
}

InstalledProfile profile_from(const Json& json) {
  return {json.at("identifier").get<std::string>(),
          json.at("uuid").get<std::string>(),
          json.at("display_name").get<std::string>(),
          json.at("organization").get<std::string>(),
          json.at("version").get<std::int64_t>(),
          json.at("payload_types").get<std::vector<std::string>>()};
}

// The facts follow from seed and index; a folder that was made with others is another fleet's.
Json to_json(const DeviceState& state, std::uint64_t seed) {
  Json profiles = Json::array();
  for (const InstalledProfile& profile : state.profiles) {
    profiles.push_back(to_json(profile));
  }
  return {{"seed", seed},
          {"udid", state.facts.udid},
          {"serial_number", state.facts.serial_number},
          {"server_url", state.server_url},
          {"profiles", std::move(profiles)}};
}

Status read_json(const Bytes& text, const std::filesystem::path& path, DeviceState& state) {
  try {
    const Json json = Json::parse(text.begin(), text.end());
    if (json.at("udid").get<std::string>() != state.facts.udid) {
      return Error{ErrorCode::malformed, path.string() + ": made with another seed",
                   "use the same --seed as when it was made, or another --dir"};
    }
    state.server_url = json.at("server_url").get<std::string>();
    for (const Json& profile : json.at("profiles")) {
      state.profiles.push_back(profile_from(profile));
    }
    return {};
  } catch (const Json::exception&) {
    return Error{ErrorCode::malformed, path.string() + ": not the state of a simulated device"};
  }
}

// Absent files are no error: a device is saved step by step.
template <class T>
Status read_if_there(const std::filesystem::path& path, std::optional<T>& target,
                     Result<T> (*parse)(ByteView)) {
  const auto content = read_secret_file(path);
  if (!content) {
    return content.error().code == ErrorCode::not_found ? Status() : Status(content.error());
  }
  auto value = parse(content->reveal());
  if (!value) {
    return std::move(value).error().while_doing(path.string());
  }
  target = *std::move(value);
  return {};
}

Result<PrivateKey> parse_key(ByteView content) {
  return PrivateKey::from_file_content(content);
}

Result<Bytes> parse_bytes(ByteView content) {
  return to_bytes(content);
}

}  // namespace

std::filesystem::path DeviceDirectory::folder(std::size_t index) const {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%06zu", index + 1);
  return *path_ / name.data();
}

Result<DeviceState> DeviceDirectory::load(std::size_t index) const {
  if (!path_) {
    DeviceState state;
    state.facts = make_device_facts(seed_, index);
    return state;
  }
  auto state = read(index);
  return state ? std::move(state) : std::move(state).error().while_doing("read simulated device");
}

Result<DeviceState> DeviceDirectory::read(std::size_t index) const {
  DeviceState state;
  state.facts = make_device_facts(seed_, index);
  const auto path = folder(index);
  TRY(read_if_there(path / key_file, state.key, parse_key));
  const auto text = read_file(path / state_file);
  if (!text) {
    return text.error().code == ErrorCode::not_found ? Result<DeviceState>(std::move(state))
                                                     : Result<DeviceState>(text.error());
  }
  TRY(read_json(*text, path / state_file, state));
  TRY(read_if_there(path / certificate_file, state.certificate, Certificate::from_file_content));
  std::optional<Bytes> profile;
  TRY(read_if_there(path / profile_file, profile, parse_bytes));
  state.enrollment_profile = std::move(profile).value_or(Bytes());
  return state;
}

Status DeviceDirectory::save_key(std::size_t index, const PrivateKey& key) const {
  if (!path_) {
    return {};
  }
  TRY(make_private_directory(folder(index)));
  TRY_ASSIGN(const auto pem, key.to_pem());
  return write_file(folder(index) / key_file, pem.reveal(), FileMode::secret, Overwrite::replace);
}

Status DeviceDirectory::save(std::size_t index, const DeviceState& state) const {
  if (!path_) {
    return {};
  }
  const auto path = folder(index);
  TRY(make_private_directory(path));
  if (state.certificate) {
    TRY(write_file(path / certificate_file, as_bytes(state.certificate->pem()), FileMode::shared,
                   Overwrite::replace));
  }
  if (!state.enrollment_profile.empty()) {
    TRY(write_file(path / profile_file, state.enrollment_profile, FileMode::secret,
                   Overwrite::replace));
  }
  // Last: it says what the others are worth.
  return write_file(path / state_file, as_bytes(to_json(state, seed_).dump(2) + "\n"),
                    FileMode::shared, Overwrite::replace);
}

}  // namespace bramley
