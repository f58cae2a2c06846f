#include <algorithm>
#include <cctype>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/flag_reader.h"
#include "cli/input.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct ApiOptions {
  std::string method;
  std::string path;
  std::optional<std::string> data;
  bool dry_run = false;
};

Result<Bytes> request_body(const ApiOptions& options) {
  if (!options.data) {
    return Bytes();
  }
  if (options.data->starts_with("@")) {
    return read_input(options.data->substr(1));
  }
  return *options.data == "-" ? read_input("-") : Result<Bytes>(to_bytes(*options.data));
}

// What a body that we did not make is: the server looks at the bytes, proxies at this.
std::string content_type_of(const Bytes& body) {
  if (body.empty()) {
    return {};
  }
  return parse_json(as_text(body)) ? "application/json" : "application/octet-stream";
}

bool is_read_only(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

// As it came, or in another format when one was asked for and the answer is JSON.
void print_body(Session& session, const HttpResponse& response) {
  if (session.output().format() != OutputFormat::table) {
    if (const auto document = parse_json(as_text(response.body))) {
      session.output().record(*document);
      return;
    }
  }
  session.output().raw(response.body);
}

CommandResult call_api(Session& session, ApiOptions options) {
  std::transform(options.method.begin(), options.method.end(), options.method.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const bool is_word = std::all_of(options.method.begin(), options.method.end(),
                                   [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_word) {
    return CommandResult::usage("" + in_quotes(options.method) + " is no HTTP method");
  }
  if (!options.path.starts_with("/")) {
    return CommandResult::usage("the path must begin with '/'",
                                "as in 'bramley api GET /api/v1/server'");
  }
  auto body = request_body(options);
  if (!body) {
    return CommandResult::failed(std::move(body).error());
  }
  if (options.dry_run && !is_read_only(options.method)) {
    return would_change(session, "send " + options.method + " " + options.path + " with " +
                                     std::to_string(body->size()) + " bytes");
  }
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    const std::string type = content_type_of(*body);
    TRY_ASSIGN(const HttpResponse response,
               api.send(options.method, options.path, *std::move(body), type));
    if (response.status < 200 || response.status > 299) {
      return api.error_of(options.method, options.path, response);
    }
    print_body(session, response);
    return ExitCode::done;
  });
}

}  // namespace

void add_api(CommandNode& root) {
  auto options = std::make_shared<ApiOptions>();
  CommandNode& api = root.add("api", "Send one request to the server's API");
  api.describe(
      "For what has no command of its own. The answer is printed as it comes, or, with -o json, "
      "ndjson or yaml, in that format. The API key goes along: as Bearer to /api, as Basic "
      "elsewhere.");
  api.talks_to_server().prints_data();
  api.positional({.name = "METHOD", .help = "GET, POST, PUT or another"}, options->method);
  api.positional({.name = "PATH", .help = "With its query: /api/v1/enrollments?limit=5"},
                 options->path);
  api.flag({.name = "data",
            .letter = 'd',
            .value = "BODY",
            .help = "The body: @FILE, - for standard input, or the text itself"},
           options->data);
  api.flag({.name = "dry-run", .help = "Say what would be sent (exit 8), unless it only reads"},
           options->dry_run);
  api.example("bramley api POST /api/v1/enrollment-tokens -d '{\"ttl\":\"24h\",\"max_uses\":1}'",
              "A link that enrolls one device.");
  api.example("bramley api GET /api/v1/certificates -o yaml", "The identities that were issued.");
  api.run([options](Session& session) { return call_api(session, *options); });
}

}  // namespace bramley
