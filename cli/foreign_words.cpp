#include "cli/foreign_words.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace bramley {
namespace {

struct ForeignWords {
  std::string_view theirs;     // one or two words, as typed
  std::string_view ours;       // path of our command: what decides whether it exists
  std::string_view arguments;  // what follows it in the answer
};

// Two words come before their first word alone.
constexpr std::array foreign_words = {
    ForeignWords{"mdmcert.download -decrypt", "mdmcert decrypt", "FILE --dir DIR --out push.req"},
    ForeignWords{"mdmcert.download", "mdmcert request", "--email MAIL --api-key REF --dir DIR"},
    ForeignWords{"mdmcert vendor", "csr vendor",
                 "--organization NAME --email MAIL --key-out FILE --csr-out FILE"},
    ForeignWords{"mdmcert push", "csr push",
                 "--organization NAME --email MAIL --key-out FILE --csr-out FILE"},
    ForeignWords{"mdmcert upload", "push-cert import", "CERT --key KEY --credentials-dir DIR"},
    ForeignWords{"generate mdm-apple", "csr push",
                 "--organization NAME --email MAIL --key-out FILE --csr-out FILE"},
    ForeignWords{"generate mdm-apple-bm", "dep keypair", ""},
    ForeignWords{"mdm run-command", "command send", "TYPE|FILE --device ID --wait"},
    ForeignWords{"mdm lock", "command send", "DeviceLock --set PIN=@FILE --device ID"},
    ForeignWords{"mdm wipe", "command send", "EraseDevice --set PIN=@FILE --device ID"},
    ForeignWords{"get mdm-commands", "command list", "--device ID"},
    ForeignWords{"get mdm-command-results", "command results", "UUID"},
    ForeignWords{"get mdm-apple", "push-cert status", ""},
    ForeignWords{"get mdm-apple-bm", "dep account", ""},
    ForeignWords{"get devices", "device list", ""},
    ForeignWords{"get hosts", "device list", ""},
    ForeignWords{"get dep-devices", "dep devices", ""},
    ForeignWords{"get dep-account", "dep account", ""},
    ForeignWords{"get dep-tokens", "dep token show", ""},
    ForeignWords{"get dep-profiles", "dep profile get", "UUID"},
    ForeignWords{"get dep-autoassigners", "dep assign", "--help"},
    ForeignWords{"apply dep-tokens", "dep token import", "FILE"},
    ForeignWords{"apply dep-profiles", "dep profile define", "FILE"},
    ForeignWords{"apply dep-autoassigner", "dep assign", "--help"},
    ForeignWords{"apply profiles", "command send",
                 "InstallProfile --data Payload=FILE --device ID"},
    ForeignWords{"apply block", "device block", "ID"},
    ForeignWords{"remove block", "device unblock", "ID"},
    ForeignWords{"remove devices", "device delete", "ID"},
    ForeignWords{"remove profiles", "command send",
                 "RemoveProfile --set Identifier=IDENTIFIER --device ID"},
    ForeignWords{"config set", "context set", "NAME --server URL --token @FILE"},
    ForeignWords{"config switch", "context use", "NAME"},
    ForeignWords{"config print", "context list", ""},
    ForeignWords{"login", "context set", "NAME --server URL --token @FILE"},
    ForeignWords{"trigger", "push send", "ID"},
    ForeignWords{"device-command", "command send", "TYPE|FILE --device ID"},
    ForeignWords{"enqueue", "command send", "TYPE|FILE|- --device ID"},
    ForeignWords{"pushcert", "push-cert import", "CERT --key KEY --credentials-dir DIR"},
};

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return words;
}

bool has_flag(const std::vector<std::string>& rest, std::string_view name) {
  return std::any_of(rest.begin(), rest.end(), [name](std::string_view argument) {
    return argument.substr(0, argument.find('=')) == name;
  });
}

// Their words stand at the beginning, their flags anywhere.
bool is_meant(const ForeignWords& entry, const std::vector<std::string>& words,
              const std::vector<std::string>& rest) {
  std::size_t next = 0;
  for (const std::string& theirs : split_words(entry.theirs)) {
    if (theirs.starts_with('-') ? !has_flag(rest, theirs)
                                : next >= words.size() || words[next++] != theirs) {
      return false;
    }
  }
  return true;
}

Error answer(const CommandNode& root, const ForeignWords& entry) {
  const std::string command = "bramley " + std::string(entry.ours);
  const std::string theirs(entry.theirs);
  if (root.find_path(split_words(entry.ours)) == nullptr) {
    return Error{ErrorCode::malformed, "'" + theirs + "' is another program's command",
                 "what does it here, '" + command + "', is not in this version"};
  }
  std::string line = command;
  if (!entry.arguments.empty()) {
    line += " " + std::string(entry.arguments);
  }
  return Error{ErrorCode::malformed, "'" + theirs + "' is another program's command",
               "here it is: " + line};
}

}  // namespace

std::optional<Error> answer_to_foreign_words(const CommandNode& root,
                                             const std::vector<std::string>& words,
                                             const std::vector<std::string>& rest) {
  for (const ForeignWords& entry : foreign_words) {
    if (is_meant(entry, words, rest)) {
      return answer(root, entry);
    }
  }
  return std::nullopt;
}

}  // namespace bramley
