#pragma once

#include <filesystem>
#include <functional>

#include "cli/api_client.h"
#include "cli/command_result.h"
#include "cli/context_file.h"
#include "cli/keyring.h"
#include "core/net/curl_http_client.h"

namespace bramley {

class Session;

// --config, BRAMLEY_CONFIG, or the default place.
Result<std::filesystem::path> context_file_path(const Session& session);

// Whether something names a server: --server, or a context. Also when what names it is wrong, which
// with_server will say.
bool is_server_named(const Session& session);

// How the server of --server or the context is trusted: its CA and the time limits, without any
// credential.
Result<HttpClientOptions> server_http_options(const Session& session);

// The keyring, with the time that --timeout leaves it.
Keyring keyring_of(const Session& session);

// The key of a context that has one: what it refers to, or the key itself.
Result<SecretBytes> stored_token(const Session& session, const Context& context);

using ServerHandler = std::function<CommandResult(ApiClient&)>;

// Finds the server (--server, --token and so on, their variables, the context) and runs `handler`.
// What is missing or wrong about that is a usage error. Sends nothing by itself.
CommandResult with_server(Session& session, const ServerHandler& handler);

}  // namespace bramley
