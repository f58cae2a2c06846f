#include "cli/keyring.h"

#include "core/base/bytes.h"

namespace bramley {
namespace {

constexpr std::string_view prefix = "keyring:";

std::vector<std::string> with_attributes(std::vector<std::string> words, const std::string& name) {
  for (const char* word : {"application", "bramley", "context"}) {
    words.emplace_back(word);
  }
  words.push_back(name);
  return words;
}

// Its first line; libraries add warnings before and after.
std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

Error trouble(const ProgramEnd& end) {
  const std::string said = first_line(end.errors);
  const std::string program = "secret-tool: ";
  return Error{ErrorCode::unavailable,
               said.empty() ? program + "exit code " + std::to_string(end.code)
                            : (said.starts_with(program) ? said : program + said),
               "unlock the keyring (a desktop session does), or give the key another way: --token "
               "@FILE, or BRAMLEY_TOKEN"};
}

}  // namespace

std::string keyring_reference(std::string_view name) {
  return std::string(prefix).append(name);
}

std::optional<std::string> keyring_name(std::string_view reference) {
  if (!reference.starts_with(prefix) || reference.size() == prefix.size()) {
    return std::nullopt;
  }
  return std::string(reference.substr(prefix.size()));
}

Result<ProgramEnd> Keyring::call(std::vector<std::string> words, ByteView input) const {
  auto end = run_({std::move(words), input, limit_});
  if (end) {
    return end;
  }
  if (end.error().code == ErrorCode::not_found) {
    return Error{ErrorCode::not_found, "secret-tool is not installed",
                 "install it (the package libsecret-tools, or libsecret), or keep the key in a "
                 "file: --token @FILE"};
  }
  return std::move(end).error().with_hint(
      "the keyring may be locked and wait for its password: unlock it, or give the key another "
      "way: --token @FILE, or BRAMLEY_TOKEN");
}

Result<SecretBytes> Keyring::find(const std::string& name) const {
  auto end = call(with_attributes({"secret-tool", "lookup"}, name), {});
  if (!end) {
    return std::move(end).error().while_doing("read the key from the keyring");
  }
  std::string_view secret = end->output.reveal_text();
  secret.remove_suffix(secret.ends_with('\n') ? 1 : 0);
  if (end->code == 0 && !secret.empty()) {
    return SecretBytes(secret);
  }
  if (end->errors.empty()) {
    return Error{ErrorCode::not_found,
                 "read the key from the keyring: it has none for the context '" + name + "'",
                 "'bramley context set " + name + " --token REF --keyring' stores one"};
  }
  return trouble(*end).while_doing("read the key from the keyring");
}

Status Keyring::store(const std::string& name, const SecretBytes& secret) const {
  auto end = call(with_attributes({"secret-tool", "store", "--label=bramley: " + name}, name),
                  secret.reveal());
  if (!end) {
    return std::move(end).error().while_doing("store the key in the keyring");
  }
  return end->code == 0 ? Status() : trouble(*end).while_doing("store the key in the keyring");
}

Status Keyring::remove(const std::string& name) const {
  auto end = call(with_attributes({"secret-tool", "clear"}, name), {});
  if (!end) {
    return std::move(end).error().while_doing("remove the key from the keyring");
  }
  // It says nothing and ends with 1 where there is no such entry.
  return end->code == 0 || end->errors.empty()
             ? Status()
             : trouble(*end).while_doing("remove the key from the keyring");
}

}  // namespace bramley
