#include <memory>
#include <nlohmann/json.hpp>

#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/connection.h"
#include "cli/context_file.h"
#include "cli/session.h"

namespace bramley {
namespace {

struct ContextOptions {
  std::string name;
  bool keyring = false;
  bool dry_run = false;
};

Result<ContextFile> load(const Session& session) {
  TRY_ASSIGN(const auto path, context_file_path(session));
  return ContextFile::load(path);
}

// Where the key is, never the key.
std::string token_source(const Context& context) {
  if (context.token.empty()) {
    return {};
  }
  return is_token_reference(context.token) ? context.token : "stored";
}

Json describe(const ContextFile& file, const Context& context) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? Json() : Json(text);
  };
  return {{"name", context.name},
          {"current", context.name == file.current()},
          {"server", text_or_null(context.server)},
          {"token", text_or_null(token_source(context))},
          {"ca_file", text_or_null(context.ca_file)},
          {"ca_stored", !context.ca_pem.empty()}};
}

// How the key is kept: a reference to a file or a variable as it was given, everything else read
// now.
Result<std::string> token_to_keep(Session& session, const SecretReference& reference) {
  switch (reference.source()) {
    case SecretReference::Source::file:
      return "@" + std::filesystem::absolute(reference.place()).string();
    case SecretReference::Source::environment:
      return "env:" + reference.place();
    case SecretReference::Source::none:
      if (!session.surroundings().in_is_terminal) {
        return std::string();
      }
      break;
    case SecretReference::Source::twin:
    case SecretReference::Source::descriptor:
    case SecretReference::Source::standard_input:
      break;
  }
  TRY_ASSIGN(const SecretBytes token, session.secret(reference, "--token", "API key"));
  std::string text(token.reveal_text());
  if (is_token_reference(text)) {
    // It would be taken for one the next time.
    return Error{ErrorCode::malformed, "--token: what it holds looks like a reference to a secret",
                 "give the reference itself: @FILE or env:NAME"};
  }
  return text;
}

// The key that is to go into the keyring: the one that is given, else what the context has so far.
Result<SecretBytes> token_for_keyring(Session& session, const Context* before) {
  const SecretReference& given = session.flags().token;
  if (!given.is_given() && before != nullptr && !before->token.empty()) {
    return stored_token(session, *before);
  }
  return session.secret(given, "--token", "API key");
}

// What a key in the keyring is worth when its context does not name it any more.
void forget_in_keyring(Session& session, const Context* before, const std::string& token) {
  const auto name = before == nullptr ? std::nullopt : keyring_name(before->token);
  if (!name || before->token == token) {
    return;
  }
  if (const Status removed = keyring_of(session).remove(*name); !removed) {
    session.warn("the key stays in the keyring: " + removed.error().message);
  }
}

Result<Context> changed_context(Session& session, const ContextFile& file,
                                const ContextOptions& options) {
  const std::string& name = options.name;
  const Context* before = file.find(name);
  Context context = before == nullptr ? Context{} : *before;
  context.name = name;
  const GlobalFlags& flags = session.flags();
  if (!flags.server.empty()) {
    TRY_ASSIGN(context.server, check_base_url(flags.server));
  }
  if (context.server.empty()) {
    return Error{ErrorCode::malformed, "a new context needs --server URL"};
  }
  if (options.keyring) {
    context.token = keyring_reference(name);
  } else if (flags.token.is_given() || before == nullptr) {
    TRY_ASSIGN(context.token, token_to_keep(session, flags.token));
  }
  if (!flags.ca_file.empty()) {
    context.ca_file = std::filesystem::absolute(flags.ca_file).string();
    context.ca_pem.clear();
  }
  return context;
}

CommandResult set_context(Session& session, const ContextOptions& options) {
  TRY_ASSIGN(auto file, load(session));
  auto context = changed_context(session, file, options);
  if (!context) {
    return CommandResult::usage(std::move(context).error());
  }
  const Context* const found = file.find(options.name);
  const std::optional<Context> before = found == nullptr ? std::nullopt : std::optional(*found);
  if (auto set = file.set(*context); !set) {
    return CommandResult::usage(std::move(set).error());
  }
  if (options.dry_run) {
    return would_change(session, "write context '" + options.name + "' for " + context->server +
                                     " to " + file.path().string() +
                                     (options.keyring ? ", and its key into the keyring" : ""));
  }
  if (options.keyring) {
    auto token = token_for_keyring(session, before ? &*before : nullptr);
    if (!token) {
      return CommandResult::usage(std::move(token).error());
    }
    TRY(keyring_of(session).store(options.name, *token));
  }
  TRY(file.save());
  forget_in_keyring(session, before ? &*before : nullptr, context->token);
  session.note("context '" + options.name + "' is in " + file.path().string());
  if (file.current() != options.name) {
    session.note("'bramley context use " + options.name + "' makes it the current one");
  }
  return ExitCode::done;
}

CommandResult use_context(Session& session, const ContextOptions& options) {
  TRY_ASSIGN(auto file, load(session));
  if (file.current() == options.name && file.find(options.name) != nullptr) {
    return ExitCode::done;
  }
  TRY(file.use(options.name));
  if (options.dry_run) {
    return would_change(session, "make '" + options.name + "' the current context");
  }
  TRY(file.save());
  return ExitCode::done;
}

CommandResult delete_context(Session& session, const ContextOptions& options) {
  TRY_ASSIGN(auto file, load(session));
  const Context* const found = file.find(options.name);
  const std::optional<Context> before = found == nullptr ? std::nullopt : std::optional(*found);
  TRY(file.remove(options.name));
  if (options.dry_run) {
    return would_change(session, "delete context '" + options.name + "'");
  }
  TRY(file.save());
  forget_in_keyring(session, before ? &*before : nullptr, {});
  return ExitCode::done;
}

CommandResult list_contexts(Session& session) {
  TRY_ASSIGN(const auto file, load(session));
  Json items = Json::array();
  for (const Context& context : file.contexts()) {
    items.push_back(describe(file, context));
  }
  session.output().list(items, {{"NAME", "name"},
                                {"CURRENT", "current"},
                                {"SERVER", "server"},
                                {"TOKEN", "token"},
                                {"CA FILE", "ca_file"}});
  return ExitCode::done;
}

CommandResult show_context(Session& session, const ContextOptions& options) {
  TRY_ASSIGN(const auto file, load(session));
  const std::string& wanted = options.name.empty() ? session.flags().context : options.name;
  const std::string& name = wanted.empty() ? file.current() : wanted;
  if (name.empty()) {
    return Error{ErrorCode::not_found, "no context was chosen", "'bramley context use NAME'"};
  }
  const Context* context = file.find(name);
  if (context == nullptr) {
    return Error{ErrorCode::not_found,
                 "there is no context '" + name + "' in " + file.path().string(),
                 "'bramley context list' shows them"};
  }
  session.output().record(describe(file, *context));
  return ExitCode::done;
}

CommandNode& add_named(CommandNode& parent, const std::string& name, const std::string& summary,
                       const std::shared_ptr<ContextOptions>& options,
                       CommandResult (*handler)(Session&, const ContextOptions&)) {
  CommandNode& node = parent.add(name, summary);
  node.positional({.name = "NAME", .help = "The context's name"}, options->name);
  node.flag({.name = "dry-run", .help = "Say what would change (exit 8), and change nothing"},
            options->dry_run);
  node.run([options, handler](Session& session) { return handler(session, *options); });
  return node;
}

}  // namespace

void add_context(CommandNode& root) {
  auto options = std::make_shared<ContextOptions>();
  CommandNode& context = root.add("context", "Servers that commands talk to, by name");
  context.describe(
      "A context is a server's URL, its API key and the CA to trust for it, kept under a name in "
      "the configuration file ($XDG_CONFIG_HOME/bramley/config.yaml, mode 0600).");
  CommandNode& set =
      add_named(context, "set", "Add a context, or change one", options, set_context);
  set.flag({.name = "keyring",
            .help = "Keep the key in the desktop's keyring, through secret-tool (libsecret)"},
           options->keyring);
  set.talks_to_server()
      .describe(
          "Keeps --server, --token and --ca-file under a name; what is not given stays as it was. "
          "A key given as @FILE or env:NAME is kept as that reference, any other is stored: in the "
          "file, or with --keyring in the keyring. The first context becomes the current one.")
      .example("bramley context set prod --server https://mdm.example.com --token @prod.key",
               "The key stays in its file.")
      .example("bramley context set prod --server https://mdm.example.com --token - --keyring",
               "The key is read from standard input, and kept in the keyring.");
  add_named(context, "use", "Make a context the current one", options, use_context);
  context.add("list", "List the contexts").prints_data().run(list_contexts);
  CommandNode& show = context.add("show", "Show one context");
  show.prints_data().positional({.name = "NAME",
                                 .help = "The context's name; without it, the current one",
                                 .need = PositionalSpec::Need::optional},
                                options->name);
  show.run([options](Session& session) { return show_context(session, *options); });
  add_named(context, "delete", "Forget a context", options, delete_context);
}

}  // namespace bramley
