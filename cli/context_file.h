#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/secret_reference.h"
#include "core/base/result.h"

namespace bramley {

// A server that commands can talk to.
struct Context {
  std::string name;
  std::string server;
  // The API key or token itself, or where it is (@FILE, env:NAME, keyring:NAME). Empty: none.
  std::string token;
  // What to trust for TLS: a file, or PEM text. Both empty: the system's store.
  std::string ca_file;
  std::string ca_pem;
};

// Whether a context's token says where it is, and is not the secret itself.
bool is_token_reference(const std::string& token);

// $XDG_CONFIG_HOME/bramley/config.yaml, else ~/.config/bramley/config.yaml. malformed: neither
// variable says where that is.
Result<std::filesystem::path> default_context_file(const Environment& environment);

// The configuration file:
//
//   current_context: NAME
//   contexts:
//     NAME: {server: URL, token: KEY or REF, ca_file: PATH, ca_pem: TEXT}
//
// What it holds besides is kept when it is written again (comments are not).
class ContextFile {
 public:
  // A missing file is an empty one. malformed: no YAML of that shape. forbidden becomes unavailable
  // (input.h). conflict: it holds an API key and others may read it.
  static Result<ContextFile> load(std::filesystem::path path);
  ~ContextFile();
  ContextFile(ContextFile&&) noexcept;
  ContextFile& operator=(ContextFile&&) noexcept;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Empty: none was chosen.
  [[nodiscard]] const std::string& current() const { return current_; }
  [[nodiscard]] const std::vector<Context>& contexts() const { return contexts_; }
  [[nodiscard]] const Context* find(std::string_view name) const;

  // Adds or replaces. The first one becomes the current one. malformed: a name that is not letters,
  // digits, '.', '_' and '-'.
  Status set(Context context);
  // not_found: there is none of that name.
  Status use(const std::string& name);
  Status remove(const std::string& name);

  // Writes the file, mode 0600, in a directory that is made with 0700.
  [[nodiscard]] Status save() const;

 private:
  struct Document;
  ContextFile(std::filesystem::path path, std::unique_ptr<Document> document);
  Status read_document();

  std::filesystem::path path_;
  std::string current_;
  std::vector<Context> contexts_;
  std::unique_ptr<Document> document_;
};

}  // namespace bramley
