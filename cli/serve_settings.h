#pragma once

#include "cli/serve_config.h"

namespace bramley {

class Session;

// The flags, and for those that were given nowhere the values under `serve` in the configuration
// file. malformed: a file that is no YAML, an unknown key, a value of the wrong kind; names the
// file and the line. A missing file is only an error if it was asked for by name.
Result<ServeFlags> with_settings_file(const Session& session, const ServeFlags& given);

// The API key of a server that was given none: the one in DATA-DIR/api-key, made when it is
// missing. Fills `choices.local` too.
Status choose_local_api_key(Session& session, ServeChoices& choices);

// The API's address as this machine's user reaches it: by the name that its certificate is for, and
// on its own listener, which is the last of `listening`.
std::string local_api_url(const std::string& public_url, TlsMode tls,
                          const std::vector<std::string>& listening);

// unwritten: there is no home to write it to. beside: another context is the current one.
enum class LocalContext { unwritten, current, beside };
// Makes the context lead to the server that now runs.
Result<LocalContext> write_local_context(const Session& session, const Context& local);

}  // namespace bramley
