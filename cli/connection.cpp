#include "cli/connection.h"

#include <algorithm>

#include "cli/context_file.h"
#include "cli/input.h"
#include "cli/session.h"
#include "core/base/suggestions.h"

namespace bramley {
namespace {

constexpr std::size_t ca_file_limit = 4U << 20U;

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
  const auto reference = SecretReference::parse(context.token);
  return reference ? reference->read(session.environment())
                   : SecretBytes(std::string_view(context.token));
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
  return ApiClient(session.surroundings().make_http(std::move(options)), std::move(base_url),
                   *std::move(token));
}

}  // namespace

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
