#include "cli/connection.h"

#include <algorithm>

#include "cli/context_file.h"
#include "cli/input.h"
#include "cli/keyring.h"
#include "cli/session.h"
#include "cli/tls_failure.h"
#include "core/base/suggestions.h"

namespace bramley {
namespace {

constexpr std::size_t ca_file_limit = 4U << 20U;
// For a second look at a certificate that was not trusted.
constexpr std::chrono::seconds look_again_limit(10);
// For a keyring that somebody may have to unlock.
constexpr std::chrono::seconds keyring_limit(60);

Error no_server() {
  return Error{ErrorCode::malformed, "no server is known",
               "give --server URL or BRAMLEY_SERVER, or 'bramley context set NAME --server URL "
               "--token @FILE'"};
}

// The context that was asked for, or the current one; an empty one where there is neither.
Result<Context> chosen_context(const Session& session) {
  const GlobalFlags& flags = session.flags();
  // Whoever names the server on the command line does not get another one's key or trust.
  if (!flags.server.empty() && flags.context.empty()) {
    return Context{};
  }
  TRY_ASSIGN(const auto path, context_file_path(session));
  std::error_code ignored;
  if (!flags.config.empty() && !std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::malformed, "read the configuration: " + path.string() + ": not there",
                 "'bramley context set NAME --server URL' makes it"};
  }
  TRY_ASSIGN(const ContextFile file, ContextFile::load(path));
  const std::string name = flags.context.empty() ? file.current() : flags.context;
  if (name.empty()) {
    return Context{};
  }
  if (const Context* context = file.find(name)) {
    return *context;
  }
  std::vector<std::string> names;
  for (const Context& context : file.contexts()) {
    names.push_back(context.name);
  }
  Error error{ErrorCode::malformed, "there is no context '" + name + "' in " + path.string()};
  const auto meant = closest_match(name, names);
  return std::move(error).with_hint(meant ? "did you mean '" + *meant + "'?"
                                          : "'bramley context list' shows them");
}

Result<SecretBytes> token_for(const Session& session, const Context& context) {
  if (session.flags().token.is_given()) {
    return session.flags().token.read(session.environment());
  }
  if (context.token.empty()) {
    return SecretBytes();
  }
  return stored_token(session, context);
}

Result<std::optional<std::string>> authorities_for(const Session& session, const Context& context) {
  const auto& flag = session.flags().ca_file;
  if (flag.empty() && !context.ca_pem.empty()) {
    return std::optional(context.ca_pem);
  }
  const std::filesystem::path file = flag.empty() ? std::filesystem::path(context.ca_file) : flag;
  if (file.empty()) {
    return std::optional<std::string>();
  }
  TRY_ASSIGN(const Bytes pem, read_input_file(file, ca_file_limit));
  return std::optional(to_text(pem));
}

Result<HttpClientOptions> http_options(const Session& session, const Context& context) {
  auto authorities = authorities_for(session, context);
  if (!authorities) {
    return std::move(authorities).error().while_doing("read the CA file");
  }
  if (session.flags().timeout.count() < 1) {
    return Error{ErrorCode::malformed, "--timeout must be at least 1s"};
  }
  HttpClientOptions options;
  options.ca_pem = *std::move(authorities);
  options.total_timeout = session.flags().timeout;
  options.connect_timeout = std::min(options.connect_timeout, options.total_timeout);
  return options;
}

std::string server_of(const Session& session, const Context& context) {
  return session.flags().server.empty() ? context.server : session.flags().server;
}

Result<ApiClient> connect(Session& session) {
  TRY_ASSIGN(const Context context, chosen_context(session));
  const std::string server = server_of(session, context);
  if (server.empty()) {
    return no_server();
  }
  TRY_ASSIGN(std::string base_url, check_base_url(server));
  auto token = token_for(session, context);
  if (!token) {
    return std::move(token).error().while_doing("read the API key");
  }
  TRY_ASSIGN(HttpClientOptions options, http_options(session, context));
  ApiClient client(session.surroundings().make_http(std::move(options)), base_url,
                   *std::move(token));
  client.explain_distrust([&session, base_url](Error error) {
    const auto chain = session.surroundings().fetch_tls_chain(
        base_url, std::min<std::chrono::milliseconds>(session.flags().timeout, look_again_limit));
    return chain ? explain_tls_failure(std::move(error), base_url, *chain, session.clock().now())
                 : error;
  });
  return client;
}

}  // namespace

Keyring keyring_of(const Session& session) {
  return {session.surroundings().run_program, std::min(session.flags().timeout, keyring_limit)};
}

Result<SecretBytes> stored_token(const Session& session, const Context& context) {
  if (const auto name = keyring_name(context.token)) {
    return keyring_of(session).find(*name);
  }
  const auto reference = SecretReference::parse(context.token);
  return reference ? reference->read(session.environment())
                   : SecretBytes(std::string_view(context.token));
}

bool is_server_named(const Session& session) {
  const auto context = chosen_context(session);
  return !context || !server_of(session, *context).empty();
}

Result<HttpClientOptions> server_http_options(const Session& session) {
  TRY_ASSIGN(const Context context, chosen_context(session));
  return http_options(session, context);
}

Result<std::filesystem::path> context_file_path(const Session& session) {
  if (!session.flags().config.empty()) {
    return session.flags().config;
  }
  return default_context_file(session.environment());
}

CommandResult with_server(Session& session, const ServerHandler& handler) {
  auto client = connect(session);
  if (!client) {
    return CommandResult::usage(std::move(client).error());
  }
  return handler(*client);
}

}  // namespace bramley
