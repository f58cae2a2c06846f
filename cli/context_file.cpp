#include "cli/context_file.h"

#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cli/input.h"
#include "cli/keyring.h"
#include "core/base/file.h"
#include "core/base/suggestions.h"

namespace bramley {
namespace {

constexpr std::size_t size_limit = 1U << 20U;
constexpr const char* current_key = "current_context";
constexpr const char* contexts_key = "contexts";

struct Member {
  const char* key;
  std::string Context::* text;
};
constexpr std::array members = {
    Member{"server", &Context::server}, Member{"token", &Context::token},
    Member{"ca_file", &Context::ca_file}, Member{"ca_pem", &Context::ca_pem}};

bool is_context_name(const std::string& name) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  constexpr std::size_t longest = 64;
  return !name.empty() && name.size() <= longest && name.front() != '-' &&
         name.find_first_not_of(letters) == std::string::npos;
}

bool holds_key(const Context& context) {
  return !context.token.empty() && !is_token_reference(context.token);
}

bool is_readable_by_others(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & 077U) != 0;
}

Error no_such_context(const ContextFile& file, const std::string& name) {
  std::vector<std::string> names;
  for (const Context& context : file.contexts()) {
    names.push_back(context.name);
  }
  Error error{ErrorCode::not_found,
              "there is no context '" + name + "' in " + file.path().string()};
  if (const auto meant = closest_match(name, names)) {
    return std::move(error).with_hint("did you mean '" + *meant + "'?");
  }
  return std::move(error).with_hint("'bramley context list' shows them");
}

}  // namespace

// Keeps what we do not know of.
struct ContextFile::Document {
  YAML::Node root;
};

bool is_token_reference(const std::string& token) {
  return keyring_name(token) || SecretReference::parse(token);
}

Result<std::filesystem::path> default_context_file(const Environment& environment) {
  const char* xdg = environment("XDG_CONFIG_HOME");
  // The XDG specification: relative paths are invalid and to be ignored.
  if (xdg != nullptr && *xdg == '/') {
    return std::filesystem::path(xdg) / "bramley" / "config.yaml";
  }
  const char* home = environment("HOME");
  if (home == nullptr || *home == '\0') {
    return Error{ErrorCode::malformed, "find the configuration file: HOME is not set",
                 "name it with --config FILE or BRAMLEY_CONFIG"};
  }
  return std::filesystem::path(home) / ".config" / "bramley" / "config.yaml";
}

ContextFile::ContextFile(std::filesystem::path path, std::unique_ptr<Document> document)
    : path_(std::move(path)), document_(std::move(document)) {}
ContextFile::~ContextFile() = default;
ContextFile::ContextFile(ContextFile&&) noexcept = default;
ContextFile& ContextFile::operator=(ContextFile&&) noexcept = default;

Result<ContextFile> ContextFile::load(std::filesystem::path path) {
  ContextFile file(std::move(path), std::make_unique<Document>());
  std::error_code failure;
  if (!std::filesystem::exists(file.path_, failure)) {
    return file;
  }
  TRY_ASSIGN(const Bytes content, read_input_file(file.path_, size_limit));
  try {
    file.document_->root = YAML::Load(to_text(content));
    TRY(file.read_document());
  } catch (const YAML::Exception& mistake) {
    return Error{ErrorCode::malformed,
                 "read " + file.path_.string() + ": line " + std::to_string(mistake.mark.line + 1) +
                     ": " + mistake.msg,
                 "mend the file, or name another with --config"};
  }
  const bool secret = std::any_of(file.contexts_.begin(), file.contexts_.end(), holds_key);
  if (secret && is_readable_by_others(file.path_)) {
    return Error{ErrorCode::conflict,
                 "read " + file.path_.string() + ": it holds an API key and others may read it",
                 "chmod 600 " + file.path_.string()};
  }
  return file;
}

Status ContextFile::read_document() {
  const YAML::Node& root = document_->root;
  if (root.IsNull()) {
    return {};
  }
  const YAML::Node contexts = root.IsMap() ? root[contexts_key] : YAML::Node();
  if (!root.IsMap() || (contexts && !contexts.IsMap())) {
    return Error{ErrorCode::malformed,
                 "read " + path_.string() + ": it is not a mapping with 'contexts'"};
  }
  if (const YAML::Node current = root[current_key]) {
    current_ = current.as<std::string>();
  }
  for (const auto& entry : contexts) {
    Context context;
    context.name = entry.first.as<std::string>();
    if (!entry.second.IsMap() && !entry.second.IsNull()) {
      return Error{ErrorCode::malformed, "read " + path_.string() + ": context '" + context.name +
                                             "' is not a mapping with 'server'"};
    }
    for (const Member& member : members) {
      if (const YAML::Node value = entry.second[member.key]) {
        context.*member.text = value.as<std::string>();
      }
    }
    contexts_.push_back(std::move(context));
  }
  return {};
}

const Context* ContextFile::find(std::string_view name) const {
  const auto found = std::find_if(contexts_.begin(), contexts_.end(),
                                  [&](const Context& context) { return context.name == name; });
  return found == contexts_.end() ? nullptr : &*found;
}

Status ContextFile::set(Context context) {
  if (!is_context_name(context.name)) {
    return Error{ErrorCode::malformed,
                 "a context's name is made of letters, digits, '.', '_' and '-'"};
  }
  if (contexts_.empty()) {
    current_ = context.name;
  }
  const auto found = std::find_if(contexts_.begin(), contexts_.end(),
                                  [&](const Context& other) { return other.name == context.name; });
  YAML::Node node = document_->root[contexts_key][context.name];
  for (const Member& member : members) {
    const std::string& text = context.*member.text;
    if (text.empty()) {
      node.remove(member.key);
    } else {
      node[member.key] = text;
    }
  }
  document_->root[current_key] = current_;
  if (found == contexts_.end()) {
    contexts_.push_back(std::move(context));
  } else {
    *found = std::move(context);
  }
  return {};
}

Status ContextFile::use(const std::string& name) {
  if (find(name) == nullptr) {
    return no_such_context(*this, name);
  }
  current_ = name;
  document_->root[current_key] = name;
  return {};
}

Status ContextFile::remove(const std::string& name) {
  if (find(name) == nullptr) {
    return no_such_context(*this, name);
  }
  std::erase_if(contexts_, [&](const Context& context) { return context.name == name; });
  document_->root[contexts_key].remove(name);
  if (current_ == name) {
    current_.clear();
    document_->root.remove(current_key);
  }
  return {};
}

Status ContextFile::save() const {
  YAML::Emitter emitter;
  emitter << document_->root;
  const std::string text = std::string(emitter.c_str(), emitter.size()) + "\n";
  if (path_.has_parent_path()) {
    TRY(make_private_directory(path_.parent_path()));
  }
  return write_file(path_, as_bytes(text), FileMode::secret, Overwrite::replace);
}

}  // namespace bramley
