#include "cli/serve_nanomdm.h"

namespace bramley {
namespace {

// Enough for a fleet to come over; for ever would be a door left open.
constexpr std::chrono::days longest_retro(366);
constexpr std::chrono::minutes longest_auth_proxy(10);

Error usage(std::string message, std::string hint) {
  return Error{ErrorCode::malformed, std::move(message), std::move(hint)};
}

// A date alone is meant with its day.
Result<Timestamp> parse_end(std::string text) {
  constexpr std::size_t date_length = std::string_view("2026-12-31").size();
  if (text.size() != date_length) {
    return parse_rfc3339(text);
  }
  TRY_ASSIGN(const auto midnight, parse_rfc3339(text.append("T00:00:00Z")));
  return midnight + std::chrono::days(1);
}

Status choose_retro(Timestamp now, const std::string& text, ServerConfig& config) {
  if (text.empty()) {
    return {};
  }
  const auto end = parse_end(text);
  if (!end) {
    return usage("--retro " + text + ": not a time when it ends",
                 "write it as 2026-12-31 or 2026-12-31T18:00:00Z");
  }
  if (*end - now > longest_retro) {
    return usage("--retro " + text + ": more than a year away",
                 "devices are open to be taken over until then: choose an earlier end");
  }
  config.retro_until = *end;
  return {};
}

}  // namespace

Status choose_nanomdm(Timestamp now, const ServeFlags& flags, ServerConfig& config) {
  config.migration = flags.migration.value_or(false);
  TRY(choose_retro(now, flags.retro, config));
  config.dump = flags.dump;
  if (!flags.auth_proxy_url.empty() && !is_hook_url(flags.auth_proxy_url)) {
    return usage("--auth-proxy-url " + flags.auth_proxy_url + ": not a URL to put a path behind",
                 "write it as https://files.example.com or http://127.0.0.1:8080/munki");
  }
  config.auth_proxy_url = flags.auth_proxy_url;
  config.auth_proxy_timeout = flags.auth_proxy_timeout.value_or(config.auth_proxy_timeout);
  if (config.auth_proxy_timeout.count() < 1 || config.auth_proxy_timeout > longest_auth_proxy) {
    return usage("--auth-proxy-timeout must be from 1s to 10m",
                 "each request that waits keeps a place that other devices may need");
  }
  if (!flags.escrow_key_unlock_url.empty()) {
    // The key that is sent there, and the certificate that is shown, want TLS.
    if (!is_hook_url(flags.escrow_key_unlock_url) ||
        !flags.escrow_key_unlock_url.starts_with("https://")) {
      return usage("--escrow-key-unlock-url " + flags.escrow_key_unlock_url + ": not an https URL",
                   "write it as https://localhost:8444/escrowKeyUnlock");
    }
    config.escrow_key_unlock_url = flags.escrow_key_unlock_url;
  }
  return {};
}

bool is_hook_url(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (url.starts_with(scheme)) {
      const std::string_view rest = url.substr(scheme.size());
      return !rest.empty() && !rest.starts_with('/') &&
             rest.find_first_of("?#@ ") == std::string_view::npos;
    }
  }
  return false;
}

}  // namespace bramley
