#include "cli/simulator/simulated_device.h"

#include <utility>

#include "cli/simulator/command_answers.h"
#include "cli/simulator/device_messages.h"
#include "core/plist/plist_document.h"
#include "core/plist/plist_fields.h"
#include "core/scep/scep_client.h"

namespace bramley {
namespace {

// A server that never runs out of commands does not keep a device forever.
constexpr int most_commands_a_poll = 10'000;

// Apple: a device removes its management on 401, and on 403 with this code.
bool tells_to_leave(const HttpResponse& response) {
  return response.status == 401 ||
         (response.status == 403 &&
          as_text(response.body).find("com.apple.unrecognized.device") != std::string_view::npos);
}

Status require_accepted(const HttpResponse& response, std::string_view message) {
  if (response.status == 200) {
    return {};
  }
  return Error{tells_to_leave(response) ? ErrorCode::unauthenticated : ErrorCode::unavailable,
               std::string(message) + ": the server answered " + std::to_string(response.status)};
}

// The variables that devices replace in a SCEP subject.
std::string with_variables(std::string text, const SimulatedFacts& facts) {
  const std::pair<std::string_view, const std::string&> variables[] = {
      {"%SerialNumber%", facts.serial_number},
      {"%UDID%", facts.udid},
      {"%ComputerName%", facts.device_name},
      {"%HardwareUUID%", facts.udid}};
  for (const auto& [name, value] : variables) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), value);
      at += value.size();
    }
  }
  return text;
}

}  // namespace

SimulatedDevice::SimulatedDevice(std::size_t index, DeviceState state,
                                 const DeviceSurroundings& surroundings)
    : index_(index),
      state_(std::move(state)),
      surroundings_(&surroundings),
      dice_(surroundings.seed * 1'000'003 + index) {}

Result<SimulatedDevice> SimulatedDevice::load(std::size_t index,
                                              const DeviceSurroundings& surroundings) {
  TRY_ASSIGN(auto state, surroundings.directory.load(index));
  SimulatedDevice device(index, std::move(state), surroundings);
  if (device.state_.enrollment_profile.empty()) {
    return device;
  }
  TRY_ASSIGN(auto profile, read_enrollment_profile(device.state_.enrollment_profile));
  if (!profile.server_url.starts_with(surroundings.server_origin)) {
    TRY(device.leave());
  } else {
    device.profile_ = std::move(profile);
  }
  return device;
}

Status SimulatedDevice::ensure_profile() {
  if (profile_) {
    return {};
  }
  TRY_ASSIGN(auto document, surroundings_->fetch_profile());
  TRY_ASSIGN(profile_, read_enrollment_profile(document));
  state_.enrollment_profile = std::move(document);
  return {};
}

Status SimulatedDevice::ensure_key() {
  if (state_.key) {
    return {};
  }
  const int bits = surroundings_->behaviour.key_bits == 0 ? profile_->key_bits
                                                          : surroundings_->behaviour.key_bits;
  TRY_ASSIGN(state_.key, PrivateKey::generate_rsa(bits));
  return surroundings_->directory.save_key(index_, *state_.key);
}

Status SimulatedDevice::request_certificate() {
  const SecretBytes challenge{std::string_view(profile_->scep_challenge)};
  ScepClientTerms terms;
  terms.url = profile_->scep_url;
  terms.ca_name = profile_->scep_name;
  terms.ca_fingerprint = profile_->scep_ca_fingerprint;
  terms.challenge = challenge.empty() ? nullptr : &challenge;
  for (const auto& [type, value] : profile_->scep_subject) {
    terms.subject.push_back({type, with_variables(value, state_.facts)});
  }
  const auto http = surroundings_->clients.trusting(trusted_roots());
  const auto start = std::chrono::steady_clock::now();
  auto identity =
      ScepClient(*http, surroundings_->clock, surroundings_->random).enroll(*state_.key, terms);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  const bool is_answered = identity || identity.error().code == ErrorCode::forbidden;
  if (is_answered) {
    // RFC 8894 §4.3: a CA that refuses does so in a CertRep, with 200.
    surroundings_->statistics.record_answer("SCEP", 200, took);
  } else {
    surroundings_->statistics.record_no_answer("SCEP");
  }
  if (!identity) {
    // Its challenge may be spent: the next attempt starts with a fresh profile.
    profile_.reset();
    return std::move(identity).error().while_doing("SCEP");
  }
  state_.certificate = std::move(identity->certificate);
  state_.server_url.clear();
  http_ = nullptr;
  return save();
}

Status SimulatedDevice::prepare() {
  if (state_.certificate && !state_.certificate->is_valid_at(surroundings_->clock.now())) {
    TRY(leave());
  }
  if (profile_ && state_.key && state_.certificate) {
    return {};
  }
  TRY(ensure_profile());
  TRY(ensure_key());
  return request_certificate();
}

Status SimulatedDevice::authenticate() {
  for (const auto& message : {authenticate_message(state_.facts, profile_->topic),
                              token_update_message(state_.facts, profile_->topic)}) {
    TRY_ASSIGN(const auto& ready, message);
    TRY_ASSIGN(const auto response, exchange(ready));
    TRY(require_accepted(response, ready.name));
  }
  state_.server_url = profile_->server_url;
  return save();
}

Status SimulatedDevice::enroll() {
  TRY(prepare());
  if (state_.is_enrolled()) {
    return {};
  }
  auto status = authenticate();
  if (!status) {
    // Perhaps the server does not know this identity any more.
    state_.certificate.reset();
    profile_.reset();
  }
  return status;
}

Status SimulatedDevice::poll() {
  TRY_ASSIGN(auto message, idle_message(state_.facts));
  for (int commands = 0; commands <= most_commands_a_poll; ++commands) {
    TRY_ASSIGN(const auto response, exchange(message));
    const Status accepted = require_accepted(response, message.name);
    if (!accepted) {
      if (tells_to_leave(response)) {
        TRY(leave());
      }
      return accepted;
    }
    if (response.body.empty()) {
      return {};
    }
    TRY_ASSIGN(message, answer(response.body));
  }
  return Error{ErrorCode::unavailable, "the server did not run out of commands"};
}

Result<DeviceMessage> SimulatedDevice::answer(ByteView command) {
  const auto root = parse_plist_dictionary(command);
  const auto uuid = root ? string_field(*root, "CommandUUID") : Result<std::string>(root.error());
  if (!uuid || uuid->empty()) {
    return Error{ErrorCode::malformed, "the server sent something that is no command"};
  }
  const PlistValue* const inner = root->find("Command");
  CommandAnswer answer;
  if (inner == nullptr || inner->dictionary() == nullptr) {
    answer.report = PlistDictionary({{"Status", "CommandFormatError"}});
  } else if (happens(surroundings_->behaviour.not_now_share)) {
    answer.report = PlistDictionary({{"Status", "NotNow"}});
  } else if (happens(surroundings_->behaviour.error_share)) {
    answer.report =
        error_report(12026, "MCMDMErrorDomain", "The command failed, as was asked for.");
  } else if (auto renewed = renew_identity(*inner->dictionary())) {
    answer = *std::move(renewed);
  } else {
    answer = answer_command(*inner->dictionary(), state_);
  }
  if (answer.changed) {
    TRY(save());
  }
  return report_message(state_.facts, *uuid, std::move(answer.report));
}

std::optional<CommandAnswer> SimulatedDevice::renew_identity(const PlistDictionary& command) {
  const auto type = string_field(command, "RequestType");
  if (!type || *type != "InstallProfile") {
    return std::nullopt;
  }
  const auto payload = data_field(command, "Payload");
  auto content = payload ? read_enrollment_profile(*payload)
                         : Result<EnrollmentProfileContent>(payload.error());
  if (!content || !profile_ || content->server_url != profile_->server_url) {
    return std::nullopt;
  }
  // Where it fails, the device is what it was.
  const DeviceState before = state_;
  const auto old_profile = std::exchange(profile_, *std::move(content));
  state_.enrollment_profile = *payload;
  state_.key.reset();
  Status renewed = ensure_key();
  if (renewed) {
    renewed = request_certificate();
  }
  if (!renewed) {
    state_ = before;
    profile_ = old_profile;
    http_ = nullptr;
    if (state_.key) {
      renewed = surroundings_->directory.save_key(index_, *state_.key);
    }
    return CommandAnswer{error_report(4001, "MCInstallationErrorDomain", "No new identity.")};
  }
  state_.server_url = profile_->server_url;
  return CommandAnswer{PlistDictionary({{"Status", "Acknowledged"}}), true};
}

Status SimulatedDevice::check_out() {
  if (!state_.is_enrolled() || !profile_) {
    return {};
  }
  TRY_ASSIGN(const auto message, check_out_message(state_.facts, profile_->topic));
  const auto response = exchange(message);
  const Status accepted =
      response ? require_accepted(*response, message.name) : Status(response.error());
  TRY(leave());
  return accepted;
}

// Management is removed: profiles and identity go, the device stays what it is.
Status SimulatedDevice::leave() {
  state_.server_url.clear();
  state_.profiles.clear();
  state_.certificate.reset();
  state_.enrollment_profile.clear();
  profile_.reset();
  http_ = nullptr;
  return save();
}

std::string SimulatedDevice::trusted_roots() const {
  std::string roots = surroundings_->ca_pem;
  if (profile_) {
    for (const Certificate& root : profile_->tls_roots) {
      roots += root.pem();
    }
  }
  return roots;
}

Result<std::shared_ptr<HttpClient>> SimulatedDevice::mdm_client() {
  if (http_ == nullptr && surroundings_->behaviour.proof == Proof::mdm_signature) {
    http_ = surroundings_->clients.trusting(trusted_roots());
  }
  if (http_ == nullptr) {
    TRY_ASSIGN(auto key, state_.key->to_pem());
    http_ = surroundings_->clients.with_certificate(trusted_roots(), state_.certificate->pem(),
                                                    std::move(key));
  }
  return http_;
}

Result<HttpRequest> SimulatedDevice::request_for(const DeviceMessage& message) const {
  const bool is_check_in = message.kind == MessageKind::check_in;
  const std::string& url = is_check_in && !profile_->check_in_url.empty() ? profile_->check_in_url
                                                                          : profile_->server_url;
  return make_device_request(url, message, {*state_.certificate, *state_.key},
                             surroundings_->behaviour.proof, surroundings_->clock.now());
}

Result<HttpResponse> SimulatedDevice::exchange(const DeviceMessage& message) {
  TRY_ASSIGN(const auto request, request_for(message));
  TRY_ASSIGN(const auto http, mdm_client());
  return send_counted(*http, request, message.name, surroundings_->statistics);
}

Result<std::vector<SimulatedDevice::ReadyRequest>> SimulatedDevice::ready_requests() const {
  std::vector<ReadyRequest> requests;
  for (const auto& message :
       {authenticate_message(state_.facts, profile_->topic),
        token_update_message(state_.facts, profile_->topic), idle_message(state_.facts)}) {
    TRY_ASSIGN(const auto& ready, message);
    TRY_ASSIGN(auto request, request_for(ready));
    requests.push_back({ready.name, std::move(request)});
  }
  return requests;
}

bool SimulatedDevice::happens(double share) {
  return std::uniform_real_distribution<double>(0, 1)(dice_) < share;
}

}  // namespace bramley
