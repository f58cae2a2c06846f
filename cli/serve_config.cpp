#include "cli/serve_config.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "cli/serve_nanomdm.h"
#include "cli/serve_settings.h"
#include "cli/session.h"
#include "core/base/file.h"
#include "server/endpoint_address.h"
#include "server/service/webhook_delivery.h"

namespace bramley {
namespace {

Error usage(std::string message, std::string hint) {
  return Error{ErrorCode::malformed, std::move(message), std::move(hint)};
}

// A port that is free now, for `--listen HOST:0` without --url: devices and the database need the
// URL before the listener is there.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  std::uint16_t port = 0;
  if (socket >= 0 && ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  ::close(socket);
  return port;
}

// Self-made TLS is for localhost: no address that others can reach may depend on it.
Status check_loopback(const std::string& flag, const std::string& text) {
  TRY_ASSIGN(const auto address, EndpointAddress::parse(text));
  if (address.is_loopback()) {
    return {};
  }
  return usage(flag + " " + text + " needs a TLS certificate",
               "give --tls-cert and --tls-key, or --tls off behind a proxy that does TLS");
}

Status choose_tls(const ServeFlags& flags, ServerConfig& config) {
  const bool files = !flags.tls_cert.empty() || !flags.tls_key.empty();
  if (flags.tls == "off") {
    if (files) {
      return usage("--tls off and --tls-cert contradict each other", "give one of them");
    }
    config.tls_mode = TlsMode::off;
    return {};
  }
  if (flags.tls_cert.empty() != flags.tls_key.empty()) {
    return usage("--tls-cert and --tls-key belong together", "give both");
  }
  if (files) {
    config.tls_mode = TlsMode::files;
    config.tls = {flags.tls_cert, flags.tls_key};
    return {};
  }
  TRY(check_loopback("--listen", config.listen));
  if (!config.api_listen.empty()) {
    TRY(check_loopback("--api-listen", config.api_listen));
  }
  if (!config.metrics_listen.empty()) {
    TRY(check_loopback("--metrics-listen", config.metrics_listen));
  }
  config.tls_mode = TlsMode::self_made;
  return {};
}

bool is_base_url(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (url.starts_with(scheme)) {
      const std::string_view rest = url.substr(scheme.size());
      return !rest.empty() && rest.find_first_of("/?#@ ") == std::string_view::npos;
    }
  }
  return false;
}

Status choose_url(const ServeFlags& flags, EndpointAddress listen, ServerConfig& config) {
  if (!flags.url.empty()) {
    config.url = flags.url;
    while (config.url.ends_with('/')) {
      config.url.pop_back();
    }
    if (!is_base_url(config.url)) {
      return usage("--url " + flags.url + ": not the base of a server",
                   "write it as https://mdm.example.com or https://mdm.example.com:8443");
    }
    if (config.url.starts_with("http://") && config.tls_mode != TlsMode::off) {
      return usage("--url " + flags.url + ": http, but this server speaks TLS",
                   "write it as https://, or give --tls off too");
    }
    return {};
  }
  if (!listen.is_loopback()) {
    return usage("--listen " + config.listen + " needs --url",
                 "devices keep the URL for ever: https://mdm.example.com, say");
  }
  if (listen.port == 0) {
    listen.port = free_port();
    const bool v6 = listen.address.find(':') != std::string::npos;
    config.listen =
        (v6 ? "[" + listen.address + "]" : listen.address) + ":" + std::to_string(listen.port);
  }
  config.url = (config.tls_mode == TlsMode::off ? "http://localhost:" : "https://localhost:") +
               std::to_string(listen.port);
  return {};
}

Status choose_proxy(const ServeFlags& flags, ServerConfig& config) {
  if (flags.cert_header.empty() != flags.trusted_proxy.empty()) {
    return usage("--cert-header and --trusted-proxy belong together",
                 "the header is believed from these addresses only: give both");
  }
  config.cert_header = flags.cert_header;
  config.trusted_proxies = flags.trusted_proxy;
  return {};
}

bool is_reserved(std::string_view path) {
  for (const std::string_view ours : {"/scep", "/enroll", "/api", "/v1", "/healthz", "/readyz",
                                      "/version", "/migration", "/authproxy"}) {
    if (path == ours || (path.starts_with(ours) && path[ours.size()] == '/')) {
      return true;
    }
  }
  return path == "/";
}

Status choose_paths(const ServeFlags& flags, ServerConfig& config) {
  for (const auto& [given, chosen, flag] :
       {std::tuple{&flags.mdm_path, &config.mdm_path, "--mdm-path"},
        std::tuple{&flags.check_in_path, &config.check_in_path, "--check-in-path"}}) {
    if (given->empty()) {
      continue;
    }
    if (!given->starts_with('/') || given->find_first_of("?#% ") != std::string::npos) {
      return usage(std::string(flag) + " " + *given + ": not a path", "write it as /mdm");
    }
    if (is_reserved(*given)) {
      return usage(std::string(flag) + " " + *given + ": the server answers something else there",
                   "choose a path of its own: /mdm, say");
    }
    *chosen = *given;
  }
  return {};
}

Status choose_pushes(const ServeFlags& flags, ServerConfig& config) {
  if (!flags.apns_url.empty()) {
    config.apns_url = flags.apns_url;
    while (config.apns_url.ends_with('/')) {
      config.apns_url.pop_back();
    }
    // HTTP/2 is agreed on in the TLS handshake alone.
    if (!is_base_url(config.apns_url) || !config.apns_url.starts_with("https://")) {
      return usage("--apns-url " + flags.apns_url + ": not the base of an https server",
                   "write it as https://api.push.apple.com or https://localhost:2197");
    }
  }
  config.apns_ca = flags.apns_ca;
  if (!flags.apns_proxy.empty()) {
    config.apns_proxy = flags.apns_proxy == "none" ? std::string() : flags.apns_proxy;
  }
  return {};
}

void choose_logging(const ServeFlags& flags, ServerConfig& config) {
  config.log_format = flags.log_format == "json" ? LogFormat::json : LogFormat::text;
  config.log_level = flags.log_level == "debug"     ? LogLevel::debug
                     : flags.log_level == "request" ? LogLevel::request
                     : flags.log_level == "warn"    ? LogLevel::warn
                     : flags.log_level == "error"   ? LogLevel::error
                                                    : LogLevel::info;
}

Status choose_history(const ServeFlags& flags, ServerConfig& config) {
  config.inventory_every = flags.inventory_every.value_or(config.inventory_every);
  config.history.age = flags.keep_results;
  if (flags.keep_results && *flags.keep_results <= std::chrono::seconds(0)) {
    return usage("--keep-results: not a duration", "write it as 90d");
  }
  if (flags.keep_results_count) {
    const std::string& text = *flags.keep_results_count;
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size() || count < 0) {
      return usage("--keep-results-count " + text + ": not a number of answers",
                   "write it as 100000");
    }
    config.history.results = count;
  }
  return {};
}

Status choose_storage(Session& session, const ServeFlags& flags, ServerConfig& config) {
  config.data_dir = flags.data_dir;
  if (flags.data_dir.empty()) {
    TRY_ASSIGN(config.data_dir, default_data_dir(session.environment()));
  }
  if (flags.storage == "sqlite:") {
    return usage("--storage sqlite: names no file", "write it as sqlite:FILE");
  }
  config.storage =
      flags.storage.empty() ? "sqlite:" + (config.data_dir / "bramley.db").string() : flags.storage;
  config.credentials_dir =
      flags.credentials_dir.empty() ? config.data_dir / "credentials" : flags.credentials_dir;
  return {};
}

Status choose_users(const ServeFlags& flags, ServerConfig& config) {
  const bool digest = flags.user_authenticate == "digest";
  if (digest != !flags.users_file.empty()) {
    return usage("--user-authenticate digest and --users-file belong together", "give both");
  }
  config.user_authentication = digest                               ? UserAuthentication::digest
                               : flags.user_authenticate == "empty" ? UserAuthentication::empty
                                                                    : UserAuthentication::decline;
  config.users_file = flags.users_file;
  return {};
}

Status choose_declarations(Session& session, const ServeFlags& flags, ServerConfig& config) {
  if (flags.dm_url.empty()) {
    return flags.dm_send_hmac_key.is_given() || flags.dm_recv_hmac_key.is_given()
               ? Status(usage("--dm-send-hmac-key and --dm-recv-hmac-key need --dm-url",
                              "name the server that answers declarative management"))
               : Status();
  }
  if (!is_hook_url(flags.dm_url)) {
    return usage("--dm-url " + flags.dm_url + ": not a URL to put an endpoint behind",
                 "write it as https://ddm.example.com/v1/ddm/");
  }
  config.dm_url = flags.dm_url;
  if (flags.dm_send_hmac_key.is_given()) {
    TRY_ASSIGN(config.dm_send_hmac_key,
               session.secret(flags.dm_send_hmac_key, "--dm-send-hmac-key", "HMAC key"));
  }
  if (flags.dm_recv_hmac_key.is_given()) {
    TRY_ASSIGN(config.dm_recv_hmac_key,
               session.secret(flags.dm_recv_hmac_key, "--dm-recv-hmac-key", "HMAC key"));
  }
  return {};
}

Status choose_events(Session& session, const ServeFlags& flags, EventSettings& events) {
  for (const std::string& url : flags.webhook_url) {
    if (auto checked = check_webhook_url(url); !checked) {
      return std::move(checked).error().while_doing("--webhook-url");
    }
    if (std::ranges::find(events.webhook_urls, url) == events.webhook_urls.end()) {
      events.webhook_urls.push_back(url);
    }
  }
  if (flags.webhook_hmac_key.is_given()) {
    TRY_ASSIGN(auto key, session.secret(flags.webhook_hmac_key, "--webhook-hmac-key",
                                        "Key of the webhooks' signatures"));
    events.webhook_terms.hmac_key = std::make_shared<const SecretBytes>(std::move(key));
  }
  if (flags.webhook_format == "micromdm") {
    events.webhook_terms.format = WebhookFormat::micromdm;
  }
  if (flags.webhook_redact.value_or(false)) {
    events.webhook_terms.secrets = WebhookTerms::Secrets::leave_out;
  }
  events.webhook_idle = flags.webhook_idle != "off";
  events.feed = flags.events == "on";
  events.retention = flags.event_retention.value_or(events.retention);
  return {};
}

Status choose_secrets(Session& session, const ServeFlags& flags, ServeChoices& choices) {
  if (flags.scep_challenge.is_given()) {
    TRY_ASSIGN(choices.config.scep_challenge,
               session.secret(flags.scep_challenge, "--scep-challenge", "SCEP challenge"));
  }
  if (flags.api_key.is_given()) {
    TRY_ASSIGN(choices.config.api_key, session.secret(flags.api_key, "--api-key", "API key"));
    return {};
  }
  return choose_local_api_key(session, choices);
}

}  // namespace

Result<std::filesystem::path> default_data_dir(const Environment& environment) {
  if (const char* state = environment("STATE_DIRECTORY"); state != nullptr && *state != '\0') {
    return std::filesystem::path(state);  // systemd's StateDirectory=
  }
  // The XDG specification: relative paths are invalid and to be ignored.
  if (const char* data = environment("XDG_DATA_HOME"); data != nullptr && *data == '/') {
    return std::filesystem::path(data) / "bramley";
  }
  const char* home = environment("HOME");
  if (home == nullptr || *home == '\0') {
    return usage("find the data directory: HOME is not set", "name it with --data-dir DIR");
  }
  return std::filesystem::path(home) / ".local/share/bramley";
}

Result<ServeChoices> choose_serve_config(Session& session, const ServeFlags& given) {
  TRY_ASSIGN(const ServeFlags flags, with_settings_file(session, given));
  ServeChoices choices;
  ServerConfig& config = choices.config;
  if (!flags.listen.empty()) {
    config.listen = flags.listen;
  }
  TRY_ASSIGN(const auto listen, EndpointAddress::parse(config.listen));
  config.api_listen = flags.api_listen;
  if (!config.api_listen.empty()) {
    TRY(EndpointAddress::parse(config.api_listen));
  }
  config.metrics_listen = flags.metrics_listen;
  if (!config.metrics_listen.empty()) {
    TRY(EndpointAddress::parse(config.metrics_listen));
  }
  TRY(choose_tls(flags, config));
  TRY(choose_url(flags, listen, config));
  TRY(choose_proxy(flags, config));
  TRY(choose_paths(flags, config));
  TRY(choose_pushes(flags, config));
  choose_logging(flags, config);
  TRY(choose_storage(session, flags, config));
  TRY(choose_history(flags, config));
  config.scep = flags.scep != "off";
  config.scep_allow_des = flags.scep_allow_des.value_or(false);
  config.re_enroll = flags.re_enroll == "bound"     ? ReEnrollment::bound
                     : flags.re_enroll == "approve" ? ReEnrollment::approve
                                                    : ReEnrollment::allow;
  config.identity_grace = flags.identity_grace.value_or(config.identity_grace);
  config.renew_before = flags.renew_before.value_or(config.renew_before);
  config.open_enrollment = flags.open_enrollment.value_or(false);
  // With TLS for localhost alone no real device can come: there is nothing to protect from an empty
  // topic.
  config.allow_empty_topic =
      flags.allow_empty_topic.value_or(config.tls_mode == TlsMode::self_made);
  config.allow_identity_change = flags.allow_identity_change.value_or(false);
  config.device_ca = flags.device_ca;
  if (!flags.organization.empty()) {
    config.organization = flags.organization;
  }
  TRY(choose_users(flags, config));
  TRY(choose_declarations(session, flags, config));
  TRY(choose_events(session, flags, config.events));
  TRY(choose_nanomdm(session.clock().now(), flags, config));
  TRY(choose_secrets(session, flags, choices));
  return choices;
}

}  // namespace bramley
