#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "cli/simulator/command_answers.h"
#include "cli/simulator/device_connection.h"
#include "cli/simulator/device_state.h"
#include "cli/simulator/shared_http_clients.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/mdm/enrollment_profile.h"

namespace bramley {

// How fake devices behave.
struct DeviceBehaviour {
  Proof proof = Proof::mdm_signature;
  // How many of the commands are answered NotNow, and how many with an Error: 0 to 1.
  double not_now_share = 0;
  double error_share = 0;
  // Instead of the profile's; 0: the profile's.
  int key_bits = 0;
};

// What all devices of one simulation share. Everything is safe to use from several threads and
// outlives the devices.
struct DeviceSurroundings {
  const Clock& clock;
  Random& random;
  SimulationStatistics& statistics;
  SharedHttpClients& clients;
  const DeviceDirectory& directory;
  DeviceBehaviour behaviour;
  // The seed of the dice for NotNow and Error.
  std::uint64_t seed = 1;
  // The enrollment profile, for a device that has none; asked again for each device.
  std::function<Result<Bytes>()> fetch_profile;
  // Devices that remember another server than this ("https://host:port") forget it.
  std::string server_origin;
  // Trusted besides the profile's roots: PEM.
  std::string ca_pem;
};

// One fake device. Used by one thread at a time.
class SimulatedDevice {
 public:
  // As it was left; a new one when there is none.
  static Result<SimulatedDevice> load(std::size_t index, const DeviceSurroundings& surroundings);

  // Profile, key and certificate (SCEP): what a device needs before it may speak. Does nothing when
  // they are there.
  Status prepare();
  // prepare, then Authenticate and TokenUpdate. Does nothing when it is enrolled.
  Status enroll();
  // Idle, then an answer to each command until the server has none left. unauthenticated: the
  // server told the device to leave (HTTP 401, or 403 for an unrecognized device), and it did.
  Status poll();
  // CheckOut. It is not enrolled any more, whatever the server answers.
  Status check_out();

  [[nodiscard]] const DeviceState& state() const { return state_; }
  // After prepare: Authenticate, TokenUpdate and Idle, complete with their proofs.
  struct ReadyRequest {
    std::string name;
    HttpRequest request;
  };
  [[nodiscard]] Result<std::vector<ReadyRequest>> ready_requests() const;
  // After prepare: the roots that it trusts, PEM; empty: the system's.
  [[nodiscard]] std::string trusted_roots() const;

 private:
  SimulatedDevice(std::size_t index, DeviceState state, const DeviceSurroundings& surroundings);
  Status ensure_profile();
  Status ensure_key();
  Status request_certificate();
  Status authenticate();
  // Installs its own enrollment profile again: a new key and certificate, and no check-in, as
  // devices do. None: the command is another one.
  std::optional<CommandAnswer> renew_identity(const PlistDictionary& command);
  Result<std::shared_ptr<HttpClient>> mdm_client();
  Result<HttpRequest> request_for(const DeviceMessage& message) const;
  Result<HttpResponse> exchange(const DeviceMessage& message);
  Result<DeviceMessage> answer(ByteView command);
  Status leave();
  [[nodiscard]] bool happens(double share);
  [[nodiscard]] Status save() const { return surroundings_->directory.save(index_, state_); }

  std::size_t index_;
  DeviceState state_;
  // What state_.enrollment_profile says; none while the device has no profile.
  std::optional<EnrollmentProfileContent> profile_;
  const DeviceSurroundings* surroundings_;
  std::shared_ptr<HttpClient> http_;
  std::mt19937_64 dice_;
};

}  // namespace bramley
