#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/program_runner.h"

namespace bramley {

// The keyring of the user's desktop (freedesktop.org's Secret Service), through `secret-tool`. An
// entry is found by the attributes application=bramley and context=NAME.
//
// In a configuration file, `keyring:NAME` stands for such an entry.
std::string keyring_reference(std::string_view name);
// The entry's name; none: the text is no such reference.
std::optional<std::string> keyring_name(std::string_view reference);

class Keyring {
 public:
  // `limit`: how long secret-tool may take, with somebody who unlocks the keyring meanwhile.
  Keyring(ProgramRunner run, std::chrono::milliseconds limit)
      : run_(std::move(run)), limit_(limit) {}

  // not_found: secret-tool is missing, or the keyring has no such entry. unavailable: the keyring
  // is locked or not there. Each with the way out.
  [[nodiscard]] Result<SecretBytes> find(const std::string& name) const;
  [[nodiscard]] Status store(const std::string& name, const SecretBytes& secret) const;
  // One that is not there is no error.
  [[nodiscard]] Status remove(const std::string& name) const;

 private:
  [[nodiscard]] Result<ProgramEnd> call(std::vector<std::string> words, ByteView input) const;

  ProgramRunner run_;
  std::chrono::milliseconds limit_;
};

}  // namespace bramley
