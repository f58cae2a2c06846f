#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_tree.h"
#include "cli/context_file.h"
#include "server/config.h"

namespace bramley {

// `serve`'s flags as they were written; empty: not given.
struct ServeFlags {
  std::string url;
  std::string listen;
  std::string api_listen;
  std::string metrics_listen;
  std::filesystem::path tls_cert;
  std::filesystem::path tls_key;
  std::string tls;
  std::filesystem::path data_dir;
  std::string storage;
  std::filesystem::path credentials_dir;
  SecretReference api_key;
  std::string scep;
  SecretReference scep_challenge;
  std::optional<bool> scep_allow_des;
  std::optional<std::chrono::seconds> renew_before;
  std::optional<std::chrono::seconds> identity_grace;
  std::string re_enroll;
  std::optional<bool> open_enrollment;
  std::optional<bool> allow_empty_topic;
  std::string organization;
  std::vector<std::filesystem::path> device_ca;
  std::string cert_header;
  std::vector<std::string> trusted_proxy;
  std::string mdm_path;
  std::string check_in_path;
  std::optional<bool> allow_identity_change;
  std::string apns_url;
  std::filesystem::path apns_ca;
  std::string apns_proxy;
  std::optional<std::chrono::seconds> keep_results;
  std::optional<std::string> keep_results_count;
  std::optional<std::chrono::seconds> inventory_every;
  std::string user_authenticate;
  std::filesystem::path users_file;
  std::string dm_url;
  SecretReference dm_send_hmac_key;
  SecretReference dm_recv_hmac_key;
  std::vector<std::string> webhook_url;
  SecretReference webhook_hmac_key;
  std::string webhook_format;
  std::optional<bool> webhook_redact;
  std::string webhook_idle;
  std::string events;
  std::optional<std::chrono::seconds> event_retention;
  std::optional<bool> migration;
  std::string retro;
  std::string auth_proxy_url;
  std::optional<std::chrono::seconds> auth_proxy_timeout;
  std::string escrow_key_unlock_url;
  std::string dump;
  std::string log_format;
  std::string log_level;
};

// Where `serve` keeps its data unless --data-dir says otherwise. malformed: HOME is not set.
Result<std::filesystem::path> default_data_dir(const Environment& environment);

void declare_serve_flags(CommandNode& node, ServeFlags& flags);

// The configuration that flags, environment, configuration file and defaults come to.
struct ServeChoices {
  ServerConfig config;
  // What had to be made for it: "API key in FILE".
  std::vector<std::string> made;
  // How to reach this server, when its key is the one that it made itself; the address is known
  // only when it listens.
  std::optional<Context> local;
};
// malformed: flags that contradict each other or lack each other, a configuration file that is
// none. Makes an API key when none was given.
Result<ServeChoices> choose_serve_config(Session& session, const ServeFlags& flags);

}  // namespace bramley
