#include "cli/serve_config.h"

namespace bramley {
namespace {

FlagSpec spec(std::string name, std::string value, std::string help,
              std::string default_text = {}) {
  std::string variable = "BRAMLEY_";
  for (const char c : name) {
    variable.push_back(c == '-' ? '_'
                                : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
  }
  FlagSpec flag;
  flag.name = std::move(name);
  flag.value = std::move(value);
  flag.help = std::move(help);
  flag.variable = std::move(variable);
  flag.default_text = std::move(default_text);
  return flag;
}

FlagSpec choice(std::string name, std::vector<std::string> choices, std::string help,
                std::string default_text) {
  FlagSpec flag = spec(std::move(name), "WORD", std::move(help), std::move(default_text));
  flag.choices = std::move(choices);
  return flag;
}

void declare_address_flags(CommandNode& node, ServeFlags& flags) {
  node.flag(spec("url", "URL", "Public base URL; devices keep it for ever",
                 "https://localhost:PORT on loopback"),
            flags.url)
      .flag(spec("listen", "HOST:PORT", "Where to listen", "127.0.0.1:8443"), flags.listen)
      .flag(spec("api-listen", "HOST:PORT",
                 "A listener of its own for everything that is not for devices"),
            flags.api_listen)
      .flag(
          spec("metrics-listen", "HOST:PORT",
               "Where Prometheus reads /metrics: without a password; plain HTTP on loopback, else "
               "with the server's TLS"),
          flags.metrics_listen)
      .flag(spec("tls-cert", "FILE", "Certificate chain in PEM, the server's own first"),
            flags.tls_cert)
      .flag(spec("tls-key", "FILE", "Its private key in PEM"), flags.tls_key)
      .flag(choice("tls", {"on", "off"}, "TLS, or plain HTTP for a proxy in front that does TLS",
                   "on"),
            flags.tls)
      .flag(spec("mdm-path", "PATH", "Where devices report and check in", "/mdm"), flags.mdm_path)
      .flag(spec("check-in-path", "PATH", "Where devices with a separate check-in URL check in",
                 "/checkin"),
            flags.check_in_path);
}

void declare_data_flags(CommandNode& node, ServeFlags& flags) {
  node.flag(spec("data-dir", "DIR",
                 "Holds bramley.db, credentials/ and tls/; made when it is missing",
                 "$STATE_DIRECTORY, $XDG_DATA_HOME/bramley or ~/.local/share/bramley"),
            flags.data_dir)
      .flag(spec("storage", "URL", "The database, as sqlite:FILE", "sqlite:DATA-DIR/bramley.db"),
            flags.storage)
      .flag(spec("credentials-dir", "DIR",
                 "Push certificates and the SCEP CA as files, looked at again when they change",
                 "DATA-DIR/credentials"),
            flags.credentials_dir)
      .flag(spec("api-key", "REF", "The administrators' API key",
                 "one made once, in DATA-DIR/api-key and the context 'local'"),
            flags.api_key)
      .flag(spec("organization", "NAME", "Your name in profiles and in a new SCEP CA", "Bramley"),
            flags.organization)
      .flag(
          spec(
              "allow-identity-change", "",
              "Start with another URL, SCEP CA or topic than enrolled devices know, and lose them"),
          flags.allow_identity_change);
}

void declare_enrollment_flags(CommandNode& node, ServeFlags& flags) {
  node.flag(choice("scep", {"on", "off"}, "Issue device identities by SCEP", "on"), flags.scep)
      .flag(spec("scep-challenge", "REF",
                 "A challenge that any number of devices may use, beside the one-time ones"),
            flags.scep_challenge)
      .flag(spec("scep-allow-des", "",
                 "Take and answer single DES (broken, but all that some clients speak)"),
            flags.scep_allow_des)
      .flag(spec("renew-before", "DURATION",
                 "How long before its end a device's identity is renewed; 0s: never by itself",
                 "30d"),
            flags.renew_before)
      .flag(
          spec(
              "identity-grace", "DURATION",
              "How long after its end an identity is still renewed, and given nothing else, as 90d",
              "not at all"),
          flags.identity_grace)
      .flag(choice("re-enroll", {"allow", "bound", "approve"},
                   "Who may enroll for a device that is enrolled with another key: anybody with an "
                   "identity; one that was issued for this device; one that you approved",
                   "allow"),
            flags.re_enroll)
      .flag(spec("open-enrollment", "", "Give anybody a profile at /enroll"), flags.open_enrollment)
      .flag(spec("allow-empty-topic", "",
                 "Make profiles without a push certificate; real devices refuse them"),
            flags.allow_empty_topic)
      .flag(
          spec(
              "device-ca", "FILE",
              "Roots and intermediates that are trusted for device identities besides the SCEP CA"),
          flags.device_ca)
      .flag(spec("cert-header", "NAME", "Header in which a proxy passes the device's certificate"),
            flags.cert_header)
      .flag(spec("trusted-proxy", "CIDR", "Addresses that the header is believed from"),
            flags.trusted_proxy);
}

void declare_push_flags(CommandNode& node, ServeFlags& flags) {
  node.flag(spec("apns-url", "URL", "Apple's push service; another for tests",
                 "https://api.push.apple.com"),
            flags.apns_url)
      .flag(spec("apns-ca-file", "FILE",
                 "Roots that are trusted for it instead of the system's (PEM)"),
            flags.apns_ca)
      .flag(
          spec("apns-proxy", "URL",
               "HTTP proxy on the way to it, or 'none'; else as https_proxy and no_proxy say. One "
               "with a password belongs into the variable"),
          flags.apns_proxy);
}

void declare_history_flags(CommandNode& node, ServeFlags& flags) {
  node.flag(spec("keep-results", "DURATION",
                 "How long answers of devices, and commands that all of them answered, are kept",
                 "for ever"),
            flags.keep_results)
      .flag(spec("keep-results-count", "N",
                 "How many answers are kept; the oldest go first, and never what waits", "all"),
            flags.keep_results_count);
}

void declare_inventory_flags(CommandNode& node, ServeFlags& flags) {
  node.flag(spec("inventory-every", "DURATION",
                 "How often each device is asked for its facts (DeviceInformation and "
                 "SecurityInfo), as 24h; 0s: never by itself",
                 "never"),
            flags.inventory_every);
}

void declare_user_flags(CommandNode& node, ServeFlags& flags) {
  node.flag(choice("user-authenticate", {"decline", "empty", "digest"},
                   "What network users are asked at login: nothing, as they are not managed; "
                   "nothing, and they are; their password's digest",
                   "decline"),
            flags.user_authenticate)
      .flag(spec("users-file", "FILE",
                 "Their names and hashes, as htdigest(1) writes them; SIGHUP reads it again"),
            flags.users_file)
      .flag(
          spec("dm-url", "URL", "The server that answers declarative management, as NanoMDM's -dm"),
          flags.dm_url)
      .flag(spec("dm-send-hmac-key", "REF", "Signs what it is sent (X-Hmac-Signature)"),
            flags.dm_send_hmac_key)
      .flag(spec("dm-recv-hmac-key", "REF", "What it must sign its answers with"),
            flags.dm_recv_hmac_key);
}

void declare_event_flags(CommandNode& node, ServeFlags& flags) {
  node.flag(spec("webhook-url", "URL", "Where events are posted, as NanoMDM posts them"),
            flags.webhook_url)
      .flag(spec("webhook-hmac-key", "REF",
                 "Signs each post in the header X-Hmac-Signature (HMAC-SHA256, base64)"),
            flags.webhook_hmac_key)
      .flag(
          choice("webhook-format", {"nanomdm", "micromdm"}, "Whose JSON the posts are", "nanomdm"),
          flags.webhook_format)
      .flag(spec("webhook-redact", "",
                 "Leave tokens, recovery keys and passwords out of the messages in posts"),
            flags.webhook_redact)
      .flag(choice("webhook-idle", {"on", "off"}, "Tell webhooks of devices that only ask for work",
                   "on"),
            flags.webhook_idle)
      .flag(choice("events", {"on", "off"},
                   "Keep events for /api/v1/events and 'bramley event tail'", "off"),
            flags.events)
      .flag(spec("event-retention", "DURATION", "How long events are kept once they are delivered",
                 "7d"),
            flags.event_retention);
}

void declare_nanomdm_flags(CommandNode& node, ServeFlags& flags) {
  node.flag(spec("migration", "",
                 "Take enrollments from another server at /migration, as nano2nano sends them"),
            flags.migration)
      .flag(spec("retro", "TIME",
                 "Until then (2026-12-31, or with a time of day as RFC 3339 has it) such devices "
                 "are associated with the certificate that they first come with"),
            flags.retro)
      .flag(spec("auth-proxy-url", "URL",
                 "A server that enrolled devices, and nobody else, reach through /authproxy/"),
            flags.auth_proxy_url)
      .flag(spec("auth-proxy-timeout", "DURATION",
                 "How long that server may take for an answer; then the device gets a 502", "60s"),
            flags.auth_proxy_timeout)
      .flag(
          spec("dump", "FILE",
               "Write what devices say and are answered there, or to standard output (-), to look "
               "for faults; secrets are masked"),
          flags.dump)
      .flag(spec("escrow-key-unlock-url", "URL",
                 "Apple's service behind /v1/escrowkeyunlock; another for tests", "Apple's"),
            flags.escrow_key_unlock_url);
}

}  // namespace

void declare_serve_flags(CommandNode& node, ServeFlags& flags) {
  declare_address_flags(node, flags);
  declare_data_flags(node, flags);
  declare_enrollment_flags(node, flags);
  declare_push_flags(node, flags);
  declare_history_flags(node, flags);
  declare_inventory_flags(node, flags);
  declare_user_flags(node, flags);
  declare_event_flags(node, flags);
  declare_nanomdm_flags(node, flags);
  node.flag(choice("log-format", {"text", "json"}, "How log lines look", "text"), flags.log_format)
      .flag(choice("log-level", {"debug", "request", "info", "warn", "error"},
                   "The least that is logged; request: one line for each", "info"),
            flags.log_level);
}

}  // namespace bramley
