#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/secret_bytes.h"
#include "server/event_settings.h"
#include "server/http/listener.h"
#include "server/service/re_enrollment.h"
#include "server/store/command_queue.h"

namespace bramley {

enum class LogFormat { text, json };

// files: the two that are named. self_made: a certificate for localhost in DIR/tls, made or reused.
// off: plain HTTP, for a proxy in front.
enum class TlsMode { files, self_made, off };

// How a network user's UserAuthenticate is answered: 410, with an empty challenge, or with a real
// one and a token for the right answer.
enum class UserAuthentication { decline, empty, digest };

// Everything `bramley serve` can be told; one field a flag (cli.md). The command line fills it;
// nothing below it reads flags or the environment (but for credentials, which CredentialSource
// takes through its own seam).
struct ServerConfig {
  std::string url;  // public base URL, no trailing slash
  std::string listen = "127.0.0.1:8443";
  std::string api_listen;      // empty: everything on `listen`
  std::string metrics_listen;  // empty: metrics are not served
  TlsMode tls_mode = TlsMode::self_made;
  TlsFiles tls;  // for TlsMode::files
  std::filesystem::path data_dir;
  std::string storage;                    // "sqlite:FILE"
  std::filesystem::path credentials_dir;  // empty: environment only
  SecretBytes api_key;

  bool scep = true;
  std::optional<SecretBytes> scep_challenge;
  bool scep_allow_des = false;
  std::chrono::hours scep_validity = std::chrono::hours(24 * 365);
  int scep_min_key_bits = 2048;
  // How long before its end an identity is renewed; 0: never by itself.
  std::chrono::seconds renew_before{std::chrono::hours(24 * 30)};

  // How long after its end an identity may still be renewed, and do nothing else; 0: not at all.
  std::chrono::seconds identity_grace{0};
  ReEnrollment re_enroll = ReEnrollment::allow;

  bool open_enrollment = false;
  bool allow_empty_topic = false;
  std::string organization = "Bramley";
  bool allow_identity_change = false;

  std::vector<std::filesystem::path> device_ca;
  std::string cert_header;
  std::vector<std::string> trusted_proxies;  // CIDR
  std::string mdm_path = "/mdm";
  std::string check_in_path = "/checkin";

  std::string apns_url = "https://api.push.apple.com";
  std::filesystem::path apns_ca;          // trusted for it instead of the system's; empty: none
  std::optional<std::string> apns_proxy;  // none: as the environment says
  // How often devices are asked for their facts; 0: never.
  std::chrono::seconds inventory_every{0};
  HistoryLimits history;  // how much of what is settled is kept
  UserAuthentication user_authentication = UserAuthentication::decline;
  std::filesystem::path users_file;  // for UserAuthentication::digest
  std::string dm_url;                // empty: declarative management is nobody's
  std::optional<SecretBytes> dm_send_hmac_key;
  std::optional<SecretBytes> dm_recv_hmac_key;
  EventSettings events;

  bool migration = false;
  // Until when devices from another server are associated with the certificate they come with.
  std::optional<Timestamp> retro_until;
  std::string auth_proxy_url;  // empty: there is no /authproxy
  std::chrono::seconds auth_proxy_timeout{60};
  std::string escrow_key_unlock_url =
      "https://deviceservices-external.apple.com/deviceservicesworkers/escrowKeyUnlock";
  std::string dump;  // a file, "-" for stdout; empty: none

  LogFormat log_format = LogFormat::text;
  LogLevel log_level = LogLevel::info;
  std::chrono::seconds shutdown_grace{8};
  int worker_threads = 32;
};

}  // namespace bramley
