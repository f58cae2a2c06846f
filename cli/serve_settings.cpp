#include "cli/serve_settings.h"

#include <yaml-cpp/yaml.h>

#include "cli/context_file.h"
#include "cli/flag_reader.h"
#include "cli/input.h"
#include "cli/session.h"
#include "core/base/file.h"
#include "core/base/suggestions.h"

namespace bramley {
namespace {

constexpr const char* section_name = "serve";
constexpr const char* api_key_file = "api-key";
constexpr std::size_t api_key_bytes = 32;

// The file to read, and whether somebody asked for it.
struct SettingsPath {
  std::filesystem::path path;
  bool asked_for = false;
};

Result<SettingsPath> settings_path(const Session& session) {
  if (!session.flags().config.empty()) {
    return SettingsPath{session.flags().config, true};
  }
  auto path = default_context_file(session.environment());
  // A service without a home has no configuration file of its own, and needs none.
  return SettingsPath{path ? *std::move(path) : std::filesystem::path(), false};
}

Result<std::vector<std::string>> texts_of(const YAML::Node& value) {
  if (value.IsScalar()) {
    return std::vector<std::string>{value.as<std::string>()};
  }
  if (value.IsSequence()) {
    return value.as<std::vector<std::string>>();
  }
  return Error{ErrorCode::malformed, "neither a value nor a list of values"};
}

Error unknown_setting(const std::string& name, const CommandNode& node) {
  std::vector<std::string> names;
  for (const Flag& flag : node.flags()) {
    names.push_back(flag.spec.name);
  }
  Error error{ErrorCode::malformed, "there is no setting '" + name + "'"};
  if (const auto meant = closest_match(name, names)) {
    return std::move(error).with_hint("did you mean '" + *meant + "'?");
  }
  return std::move(error).with_hint("settings are named like the flags of 'bramley serve --help'");
}

Status apply_setting(const CommandNode& node, const std::string& name, const YAML::Node& value) {
  for (const Flag& flag : node.flags()) {
    if (flag.spec.name != name) {
      continue;
    }
    if (!flag.binding.is_blank()) {
      return {};  // a flag or a variable said otherwise
    }
    TRY_ASSIGN(const auto texts, texts_of(value));
    for (const std::string& text : texts) {
      TRY(check_choice(flag.spec.choices, name, text));
    }
    auto assigned = flag.binding.assign(texts);
    return assigned ? std::move(assigned) : Status(std::move(assigned).error().while_doing(name));
  }
  return unknown_setting(name, node);
}

Status apply_section(const CommandNode& node, ByteView text) {
  const YAML::Node root = YAML::Load(to_text(text));
  if (root.IsNull()) {
    return {};
  }
  if (!root.IsMap()) {
    return Error{ErrorCode::malformed, "it is not a mapping"};
  }
  const YAML::Node section = root[section_name];
  if (!section || section.IsNull()) {
    return {};
  }
  if (!section.IsMap()) {
    return Error{ErrorCode::malformed, "'serve' is not a mapping"};
  }
  for (const auto& entry : section) {
    TRY(apply_setting(node, entry.first.as<std::string>(), entry.second));
  }
  return {};
}

// The fence around yaml-cpp.
Status apply_file(const CommandNode& node, ByteView text) {
  try {
    return apply_section(node, text);
  } catch (const YAML::Exception& mistake) {
    return Error{ErrorCode::malformed, mistake.what()};
  }
}

Result<SecretBytes> load_or_make_api_key(Session& session, const std::filesystem::path& file,
                                         ServeChoices& choices) {
  auto found = SecretReference::parse("@" + file.string());
  TRY(found ? Status() : Status(found.error()));
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    auto key = found->read(session.environment());
    return key ? std::move(key) : std::move(key).error().while_doing("read the API key");
  }
  if (auto made = make_private_directory(file.parent_path()); !made) {
    return std::move(made).error().while_doing("make the data directory");
  }
  SecretBytes key(random_token(session.random(), api_key_bytes));
  const SecretBytes line(std::string(key.reveal_text()) + "\n");
  if (auto written = write_file(file, line.reveal(), FileMode::secret, Overwrite::refuse);
      !written) {
    return std::move(written).error().while_doing("write the API key");
  }
  choices.made.push_back("API key in " + file.string());
  return key;
}

Context local_context(const ServerConfig& config, const std::filesystem::path& key_file) {
  Context local;
  local.name = "local";
  local.token = "@" + std::filesystem::absolute(key_file).string();
  if (config.tls_mode == TlsMode::self_made) {
    local.ca_file = std::filesystem::absolute(config.data_dir / "tls" / "server.pem").string();
  }
  return local;
}

}  // namespace

Result<ServeFlags> with_settings_file(const Session& session, const ServeFlags& given) {
  ServeFlags flags = given;
  TRY_ASSIGN(const auto settings, settings_path(session));
  std::error_code ignored;
  if (settings.path.empty() ||
      (!settings.asked_for && !std::filesystem::exists(settings.path, ignored))) {
    return flags;
  }
  auto content = read_input_file(settings.path, 1U << 20U);
  if (!content) {
    return std::move(content).error().while_doing("read the configuration");
  }
  CommandNode node("serve", "");
  declare_serve_flags(node, flags);
  if (Status applied = apply_file(node, *content); !applied) {
    return std::move(applied).error().while_doing("read the configuration " +
                                                  settings.path.string());
  }
  return flags;
}

Status choose_local_api_key(Session& session, ServeChoices& choices) {
  const std::filesystem::path file = choices.config.data_dir / api_key_file;
  TRY_ASSIGN(choices.config.api_key, load_or_make_api_key(session, file, choices));
  choices.local = local_context(choices.config, file);
  return {};
}

std::string local_api_url(const std::string& public_url, TlsMode tls,
                          const std::vector<std::string>& listening) {
  const std::string& own = listening.back();
  const bool is_apart = listening.size() > 1;
  if (tls == TlsMode::files && !is_apart) {
    return public_url;
  }
  const std::size_t host = own.find("://") + 3;
  const std::size_t port = own.rfind(':');
  if (tls == TlsMode::files) {
    const std::size_t start = public_url.find("://") + 3;
    // The colon of a port, not one inside [::1].
    const std::size_t bracket = public_url.find(']');
    const std::size_t end = public_url.find(':', bracket == std::string::npos ? start : bracket);
    return public_url.substr(0, end) + own.substr(port);
  }
  const std::string address = own.substr(host, port - host);
  const bool is_everywhere = address == "127.0.0.1" || address == "0.0.0.0" || address == "[::]";
  return own.substr(0, host) + (is_everywhere ? "localhost" : address) + own.substr(port);
}

Result<LocalContext> write_local_context(const Session& session, const Context& local) {
  TRY_ASSIGN(const auto settings, settings_path(session));
  if (settings.path.empty()) {
    return LocalContext::unwritten;
  }
  TRY_ASSIGN(auto contexts, ContextFile::load(settings.path));
  const Context* known = contexts.find(local.name);
  const bool is_known = known != nullptr && known->server == local.server &&
                        known->token == local.token && known->ca_file == local.ca_file;
  if (!is_known) {
    TRY(contexts.set(local));
    TRY(contexts.save());
  }
  return contexts.current() == local.name ? LocalContext::current : LocalContext::beside;
}

}  // namespace bramley
