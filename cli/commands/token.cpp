#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/output_file.h"
#include "cli/server_list.h"
#include "cli/session.h"

namespace bramley {
namespace {

constexpr const char* tokens_path = "/api/v1/tokens";
constexpr std::chrono::hours longest_life(24 * 365);  // the server's limit

struct CreateOptions {
  std::string name;
  std::string role;
  std::chrono::seconds expires = std::chrono::hours(24 * 90);
  std::vector<std::string> types;
  std::filesystem::path out;
  bool force = false;
  bool dry_run = false;
};
struct ListOptions {
  ListPart part;
};
struct RevokeOptions {
  std::vector<std::string> ids;
  bool dry_run = false;
};

ApiPath path_of(const std::string& id) {
  ApiPath path{tokens_path};
  path.segment(id);
  return path;
}

// --types A,B and --types A --types B are the same.
std::vector<std::string> split_types(const std::vector<std::string>& given) {
  std::vector<std::string> types;
  for (std::string_view text : given) {
    while (true) {
      const std::size_t comma = text.find(',');
      types.emplace_back(text.substr(0, comma));
      if (comma == std::string_view::npos) {
        break;
      }
      text.remove_prefix(comma + 1);
    }
  }
  return types;
}

std::string in_words(const CreateOptions& options, const std::vector<std::string>& types) {
  std::string text = "make the token '" + options.name + "', " + options.role;
  for (const std::string& type : types) {
    text.append(&type == &types.front() ? ", limited to " : ", ").append(type);
  }
  return text;
}

Json body_of(const CreateOptions& options, const std::vector<std::string>& types) {
  Json body = {{"name", options.name},
               {"role", options.role},
               {"ttl", std::to_string(options.expires.count()) + "s"}};
  if (!types.empty()) {
    body["request_types"] = types;
  }
  return body;
}

// The secret goes into the file, and out of what is printed.
CommandResult keep_secret(Session& session, const CreateOptions& options, Json token) {
  const std::string secret = text_member(token, "token");
  const std::string id = text_member(token, "id");
  if (options.out.empty()) {
    session.output().record(token);
    session.note("keep the token now: the server has only its hash, and does not show it again");
    return ExitCode::done;
  }
  auto written = write_output_file(session, options.out, as_bytes(secret + "\n"), FileMode::secret,
                                   overwrite_if(options.force));
  if (!written) {
    return std::move(written)
        .error()
        .while_doing("keep the token " + id)
        .with_hint("its secret is lost: 'bramley token revoke " + id + "', and make another");
  }
  token.erase("token");
  if (options.out != "-") {
    session.output().record(token);
    session.note("the token is in " + options.out.string());
  }
  return ExitCode::done;
}

CommandResult create(Session& session, const CreateOptions& options) {
  const std::vector<std::string> types = split_types(options.types);
  if (std::ranges::find(types, std::string()) != types.end()) {
    return CommandResult::usage("--types takes names with commas between them");
  }
  if (!types.empty() && options.role != "operator") {
    return CommandResult::usage(
        Error{ErrorCode::malformed, "--types limits an operator's token, and no other",
              "take --role operator, or leave --types out: a reader queues nothing, an admin all"});
  }
  if (options.expires.count() <= 0) {
    return CommandResult::usage("--expires must be longer than zero");
  }
  if (options.expires > longest_life) {
    return CommandResult::usage("--expires may be 365d at most");
  }
  if (!options.out.empty() && options.out != "-") {
    TRY(check_output_file(options.out, overwrite_if(options.force)));
  }
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    if (options.dry_run) {
      return would_change(session, in_words(options, types));
    }
    TRY_ASSIGN(Json token, api.post({tokens_path}, body_of(options, types)));
    return keep_secret(session, options, std::move(token));
  });
}

CommandResult list(Session& session, const ListOptions& options) {
  return with_server(session, [&](ApiClient& api) {
    return print_server_list(session, api,
                             {.path = {tokens_path},
                              .plural = "tokens",
                              .columns = {{"ID", "id"},
                                          {"NAME", "name"},
                                          {"ROLE", "role"},
                                          {"EXPIRES", "expires_at"},
                                          {"LAST USED", "last_used_at"},
                                          {"REVOKED", "revoked_at"},
                                          {"TYPES", "request_types"}},
                              .part = options.part});
  });
}

Result<Json> send_revocation(ApiClient& api, const std::string& id) {
  const ApiPath path = path_of(id);
  TRY_ASSIGN(const HttpResponse response, api.send("DELETE", path.path, {}, {}));
  if (response.status != 200) {
    return api.error_of("DELETE", path.path, response);
  }
  return parse_json(as_text(response.body));
}

void print_revoked(Session& session, const Json& revoked) {
  session.output().list(revoked, {{"ID", "id"}, {"NAME", "name"}, {"REVOKED", "revoked_at"}});
}

CommandResult revoke(Session& session, const RevokeOptions& options) {
  return with_server(session, [&](ApiClient& api) -> CommandResult {
    Json revoked = Json::array();
    for (const std::string& id : options.ids) {
      auto token = options.dry_run ? api.get(path_of(id)) : send_revocation(api, id);
      if (!token) {
        if (!revoked.empty() && !options.dry_run) {
          print_revoked(session, revoked);
        }
        return {revoked.empty() || options.dry_run ? exit_code_for(token.error().code)
                                                   : ExitCode::partly_done,
                std::move(token).error().while_doing(id)};
      }
      revoked.push_back(*std::move(token));
    }
    if (options.dry_run) {
      const bool all_over = std::ranges::all_of(
          revoked, [](const Json& token) { return !any_member(token, "revoked_at").is_null(); });
      return all_over ? CommandResult(ExitCode::done)
                      : would_change(session, "revoke " + std::to_string(revoked.size()) +
                                                  " token(s), for good");
    }
    print_revoked(session, revoked);
    return ExitCode::done;
  });
}

void add_create(CommandNode& token) {
  auto options = std::make_shared<CreateOptions>();
  CommandNode& node = token.add("create", "Make a token, and show it once");
  node.describe(
      "A reader sees what is known, without secrets; an operator also queues and cancels commands, "
      "and pushes; an admin may do everything. A token never grants more than the one that makes "
      "it has, nor lives longer.");
  node.talks_to_server().prints_data();
  node.flag({.name = "name",
             .value = "NAME",
             .help = "What it is for, for people",
             .need = FlagSpec::Need::required},
            options->name);
  node.flag({.name = "role",
             .value = "ROLE",
             .help = "What it may do",
             .choices = {"reader", "operator", "admin"},
             .need = FlagSpec::Need::required},
            options->role);
  node.flag({.name = "expires", .value = "DURATION", .help = "How long it is good, at most 365d"},
            options->expires);
  node.flag({.name = "types",
             .value = "TYPE,…",
             .help = "The request types that an operator may queue and cancel",
             .default_text = "all"},
            options->types);
  node.flag({.name = "out",
             .value = "FILE",
             .help = "Write the token into this file (mode 0600), and do not print it; - prints it "
                     "alone"},
            options->out);
  node.flag({.name = "force", .help = "Overwrite the file"}, options->force);
  node.flag({.name = "dry-run", .help = "Say what would be made (exit 8), and make nothing"},
            options->dry_run);
  node.example(
      "bramley token create --name ci --role operator --types DeviceInformation,SecurityInfo "
      "--out ci.token",
      "For a pipeline that asks devices about themselves, and cannot erase one.");
  node.run([options](Session& session) { return create(session, *options); });
}

void add_list(CommandNode& token) {
  auto options = std::make_shared<ListOptions>();
  CommandNode& node = token.add("list", "List tokens, newest first, with those that are over");
  node.talks_to_server().prints_data();
  add_list_flags(node, options->part);
  node.run([options](Session& session) { return list(session, *options); });
}

void add_revoke(CommandNode& token) {
  auto options = std::make_shared<RevokeOptions>();
  CommandNode& node = token.add("revoke", "Take tokens back, for good and at once");
  node.describe(
      "From then on they let nobody in, at any server of the same database. Tokens that were made "
      "with them stay good: 'token list -o json' shows who made which.");
  node.talks_to_server().prints_data();
  node.positional({.name = "ID", .help = "The ids of tokens, as 'token list' shows them"},
                  options->ids);
  node.flag({.name = "dry-run", .help = "Say what would be done (exit 8), and do nothing"},
            options->dry_run);
  node.run([options](Session& session) { return revoke(session, *options); });
}

}  // namespace

void add_token(CommandNode& root) {
  CommandNode& token = root.add("token", "What lets programs in: API tokens with roles");
  token.describe(
      "A token is used as the API key is, with --token, BRAMLEY_TOKEN or in a context, and as the "
      "password of programs that speak to NanoMDM. Only its hash is stored.");
  add_create(token);
  add_list(token);
  add_revoke(token);
}

}  // namespace bramley
