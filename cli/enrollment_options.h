#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/profile_signer.h"
#include "cli/session.h"

namespace bramley {

class CommandNode;

// The flags of `profile enrollment`, as they were written.
struct EnrollmentOptions {
  // Offline.
  std::string url;
  std::string topic;
  std::filesystem::path push_certificate;
  std::string check_in_url;
  std::string scep_url;
  SecretReference scep_challenge;
  std::filesystem::path scep_ca;
  std::vector<std::filesystem::path> tls_roots;
  bool pin_tls_root = false;
  std::optional<std::string> access_rights;
  std::string enrollment_mode;
  std::string managed_apple_account;
  std::string identifier;
  // With a server.
  std::optional<std::chrono::seconds> ttl;
  std::string udid;
  std::string serial;
  // Both.
  std::string organization;
  ProfileSignerFiles signer;
  std::filesystem::path out;
  bool force = false;
  bool dry_run = false;

  [[nodiscard]] bool is_offline() const { return !url.empty(); }
};

// Those that only make sense with --url.
void add_offline_enrollment_flags(CommandNode& node, EnrollmentOptions& options);

// malformed: a flag that says nothing in the way that was chosen, or one that is missing.
Status check_enrollment_options(const EnrollmentOptions& options);

// The profile that --url and its flags describe, unsigned.
Result<Bytes> make_offline_enrollment(Session& session, const EnrollmentOptions& options);

}  // namespace bramley
