#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/simulator/simulated_device.h"
#include "core/base/file.h"

namespace bramley {

// Requests that were signed beforehand, so that whoever replays them spends little time of its own.
// A folder has one JSON file a device, `000001.json` and so on:
//
//   {"format": "bramley prepared requests 1",
//    "udid": "00008122-…",
//    "requests": [{"message": "Authenticate", "method": "PUT", "url": "https://…/mdm",
//                  "headers": {"Content-Type": "…", "Mdm-Signature": "…"}, "body": "<?xml …"}, …]}
//
// with Authenticate, TokenUpdate and Idle in this order, and `roots.pem` with the roots to trust
// when there are any beyond the system's. The files are 0600: a signature stands for its device.
struct PreparedDevice {
  std::string udid;
  std::vector<SimulatedDevice::ReadyRequest> requests;
};

// What the first device's file is called: where it is, there are prepared requests.
inline constexpr const char* first_prepared_file = "000001.json";

// conflict: there are some already, and they are not to be overwritten.
Status write_prepared_requests(const SimulatedDevice& device, std::size_t index,
                               const std::filesystem::path& folder, Overwrite overwrite);

struct PreparedFleet {
  std::vector<PreparedDevice> devices;
  std::string roots;  // PEM; may be empty
};
// At most `most_devices`, in the order of their names. malformed: a file of another form, or none.
Result<PreparedFleet> read_prepared_requests(const std::filesystem::path& folder,
                                             std::size_t most_devices);

}  // namespace bramley
