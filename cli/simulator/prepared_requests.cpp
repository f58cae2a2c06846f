#include "cli/simulator/prepared_requests.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/base/file.h"

namespace bramley {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format_name = "bramley prepared requests 1";
constexpr const char* roots_file = "roots.pem";

Json to_json(const SimulatedDevice::ReadyRequest& ready) {
  Json headers = Json::object();
  for (const auto& [name, value] : ready.request.headers.fields()) {
    headers[name] = value;
  }
  return {{"message", ready.name},
          {"method", ready.request.method},
          {"url", ready.request.target},
          {"headers", std::move(headers)},
          {"body", to_text(ready.request.body)}};
}

SimulatedDevice::ReadyRequest request_from(const Json& json) {
  SimulatedDevice::ReadyRequest ready;
  ready.name = json.at("message").get<std::string>();
  ready.request.method = json.at("method").get<std::string>();
  ready.request.target = json.at("url").get<std::string>();
  for (const auto& [name, value] : json.at("headers").items()) {
    ready.request.headers.add(name, value.get<std::string>());
  }
  ready.request.body = to_bytes(json.at("body").get<std::string>());
  return ready;
}

Result<PreparedDevice> read_device(const std::filesystem::path& path) {
  TRY_ASSIGN(const auto text, read_file(path));
  try {
    const Json json = Json::parse(text.begin(), text.end());
    PreparedDevice device;
    if (json.at("format").get<std::string>() == format_name) {
      device.udid = json.at("udid").get<std::string>();
      for (const Json& request : json.at("requests")) {
        device.requests.push_back(request_from(request));
      }
      return device;
    }
  } catch (const Json::exception&) {
    // Said below.
  }
  return Error{ErrorCode::malformed, path.string() + ": no prepared requests"};
}

Result<std::vector<std::filesystem::path>> device_files(const std::filesystem::path& folder) {
  std::error_code failure;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() == ".json") {
      files.push_back(entry->path());
    }
  }
  if (failure) {
    return Error{ErrorCode::unavailable, folder.string() + ": " + failure.message()};
  }
  if (files.empty()) {
    return Error{ErrorCode::malformed, folder.string() + ": no prepared requests in it",
                 "'bramley simulate --prepare DIR' makes them"};
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Status write_prepared_requests(const SimulatedDevice& device, std::size_t index,
                               const std::filesystem::path& folder, Overwrite overwrite) {
  TRY_ASSIGN(const auto ready, device.ready_requests());
  Json requests = Json::array();
  for (const auto& request : ready) {
    requests.push_back(to_json(request));
  }
  const Json json = {{"format", format_name},
                     {"udid", device.state().facts.udid},
                     {"requests", std::move(requests)}};
  TRY(make_private_directory(folder));
  std::array<char, 40> name{};
  std::snprintf(name.data(), name.size(), "%06zu.json", index + 1);
  const std::string roots = device.trusted_roots();
  if (index == 0 && !roots.empty()) {
    TRY(write_file(folder / roots_file, as_bytes(roots), FileMode::shared, overwrite));
  }
  return write_file(folder / name.data(), as_bytes(json.dump(1) + "\n"), FileMode::secret,
                    overwrite);
}

Result<PreparedFleet> read_prepared_requests(const std::filesystem::path& folder,
                                             std::size_t most_devices) {
  TRY_ASSIGN(auto files, device_files(folder));
  files.resize(std::min(files.size(), most_devices));
  PreparedFleet fleet;
  for (const auto& file : files) {
    TRY_ASSIGN(auto device, read_device(file));
    fleet.devices.push_back(std::move(device));
  }
  const auto roots = read_file(folder / roots_file);
  if (roots) {
    fleet.roots = to_text(*roots);
  } else if (roots.error().code != ErrorCode::not_found) {
    return roots.error();
  }
  return fleet;
}

}  // namespace bramley
