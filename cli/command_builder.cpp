#include "cli/command_builder.h"

#include <algorithm>

#include "cli/input.h"
#include "cli/secret_reference.h"
#include "cli/structured_input.h"
#include "core/base/encoding.h"
#include "core/catalogue/command_values.h"
#include "core/catalogue/parameter_tree.h"

namespace bramley {
namespace {

Status check_settable(const std::string& key) {
  if (key == "RequestType" || key == "CommandUUID") {
    return Error{ErrorCode::malformed,
                 key + " cannot be set: it is given, or made, by the command"};
  }
  return {};
}

// The last name of a path that was parsed already.
const std::string& last_name(const std::vector<PathStep>& path) {
  const auto named = std::find_if(path.rbegin(), path.rend(),
                                  [](const PathStep& step) { return !step.is_item(); });
  return named->name;
}

PlistValue secret_value(const SecretBytes& secret, const KeyDescription* key) {
  const ByteView bytes = secret.reveal();
  if (key != nullptr && key->type == KeyType::data) {
    return Bytes(bytes.begin(), bytes.end());
  }
  return std::string(as_text(bytes));
}

// Assigns what flags say to one command.
class Assignment {
 public:
  Assignment(Session& session, const CommandDescription* command, PlistDictionary start)
      : session_(session), command_(command), tree_(command, std::move(start)) {}

  Status set(const std::string& argument) {
    TRY_ASSIGN(const KeyedText keyed, parse_keyed_text(argument));
    TRY(check_settable(keyed.key));
    TRY_ASSIGN(const auto path, parse_key_path(keyed.key));
    if (command_ != nullptr && command_->is_secret(last_name(path))) {
      return set_secret(keyed, tree_.description_of(path));
    }
    return tree_.set_text(keyed.key, keyed.text);
  }

  Status data(const std::string& argument) {
    TRY_ASSIGN(const KeyedText keyed, parse_keyed_text(argument));
    TRY(check_settable(keyed.key));
    TRY_ASSIGN(const auto path, parse_key_path(keyed.key));
    TRY_ASSIGN(Bytes content, read_input(keyed.text, command_file_limit));
    auto value = content_value(std::move(content), tree_.description_of(path));
    if (!value) {
      return std::move(value).error().while_doing(keyed.key + " from " + keyed.text);
    }
    return tree_.set_value(keyed.key, *std::move(value));
  }

  // Secrets that must be there and are not.
  Status ask_for_secrets() {
    if (command_ == nullptr) {
      return {};
    }
    const PlistDictionary present = tree_.parameters();
    for (const KeyDescription& key : command_->keys) {
      const bool asked = key.required && key.type == KeyType::string &&
                         command_->is_secret(key.name) && present.find(key.name) == nullptr;
      if (asked) {
        auto secret = session_.secret({}, "--set " + key.name + "=REF", key.name);
        if (!secret) {
          return Error{ErrorCode::malformed, key.name + " is missing",
                       "--set " + key.name + "=@FILE, env:NAME, fd:N or -"};
        }
        TRY(tree_.set_value(key.name, secret_value(*secret, &key)));
      }
    }
    return {};
  }

  [[nodiscard]] PlistDictionary parameters() const { return tree_.parameters(); }

 private:
  Status set_secret(const KeyedText& keyed, const KeyDescription* key) {
    auto reference = SecretReference::parse(keyed.text);
    if (!reference) {
      return Error{
          ErrorCode::malformed,
          keyed.key + " is a secret: other users can see arguments, so it is not given there",
          "--set " + keyed.key + "=@FILE, env:NAME, fd:N or -"};
    }
    auto secret = reference->read(session_.environment());
    if (!secret) {
      return std::move(secret).error().while_doing(keyed.key);
    }
    return tree_.set_value(keyed.key, secret_value(*secret, key));
  }

  static Result<PlistValue> content_value(Bytes content, const KeyDescription* key) {
    const KeyType type = key == nullptr ? KeyType::data : key->type;
    switch (type) {
      case KeyType::data:
        return PlistValue(std::move(content));
      case KeyType::array:
      case KeyType::dictionary:
      case KeyType::any:
        return parse_structured_value(content, key);
      default: {
        const std::string_view text = as_text(content);
        if (!is_utf8(text)) {
          return Error{ErrorCode::malformed, "it is not text"};
        }
        return type == KeyType::string ? Result(PlistValue(text)) : typed_value(key, text);
      }
    }
  }

  Session& session_;
  const CommandDescription* command_;
  ParameterTree tree_;
};

Result<PlistDictionary> read_start(const CommandDescription* command, std::string_view request_type,
                                   const std::string& file) {
  if (file.empty()) {
    return PlistDictionary();
  }
  static const std::vector<KeyDescription> unknown;
  TRY_ASSIGN(const Bytes content, read_input(file, command_file_limit));
  auto keys = parse_structured(content, command == nullptr ? unknown : command->keys);
  if (!keys) {
    return std::move(keys).error().while_doing("read " + (file == "-" ? "standard input" : file));
  }
  PlistDictionary start;
  for (const auto& [name, value] : keys->entries()) {
    if (name != "RequestType") {
      start.set(name, value);
    } else if (value.string() == nullptr || *value.string() != request_type) {
      return Error{ErrorCode::malformed,
                   "read " + file + ": its RequestType is not " + std::string(request_type)};
    }
  }
  return start;
}

}  // namespace

Result<KeyedText> parse_keyed_text(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error{ErrorCode::malformed, "'" + argument.substr(0, equals) + "' is not Key=Value"};
  }
  return KeyedText{argument.substr(0, equals), argument.substr(equals + 1)};
}

Result<PlistDictionary> command_parameters(Session& session, std::string_view request_type,
                                           const ParameterFlags& flags) {
  const CommandDescription* command = CommandCatalogue::apple().find(request_type);
  TRY_ASSIGN(PlistDictionary start, read_start(command, request_type, flags.input));
  Assignment assignment(session, command, std::move(start));
  for (const std::string& argument : flags.set) {
    TRY(assignment.set(argument));
  }
  for (const std::string& argument : flags.data) {
    TRY(assignment.data(argument));
  }
  TRY(assignment.ask_for_secrets());
  return assignment.parameters();
}

const std::vector<std::string>& standard_queries() {
  static const std::vector<std::string> queries = {
      "DeviceName",   "OSVersion",      "BuildVersion",
      "ModelName",    "Model",          "ProductName",
      "SerialNumber", "DeviceCapacity", "AvailableDeviceCapacity",
      "WiFiMAC",      "IsSupervised",   "UDID"};
  return queries;
}

Status judge_findings(Session& session, std::string_view request_type,
                      const std::vector<CommandFinding>& findings) {
  constexpr int most_warnings = 10;
  int doubts = 0;
  std::string faults;
  std::string hint;
  for (const CommandFinding& finding : findings) {
    const std::string sentence =
        finding.key.empty() ? finding.message : finding.key + " " + finding.message;
    if (finding.severity == CommandFinding::Severity::fault) {
      hint = faults.empty() ? finding.hint : "";
      faults += (faults.empty() ? "" : "; ") + sentence;
    } else if (++doubts <= most_warnings) {
      session.warn(sentence + (finding.hint.empty() ? "" : " (" + finding.hint + ")"));
    }
  }
  if (doubts > most_warnings) {
    session.warn("and " + std::to_string(doubts - most_warnings) +
                 " more: 'bramley command validate' lists all");
  }
  if (faults.empty()) {
    return {};
  }
  return Error{ErrorCode::malformed, "check the " + std::string(request_type) + ": " + faults,
               hint.empty() ? "'bramley command explain " + std::string(request_type) +
                                  "' shows its keys; --no-validate sends it as it is"
                            : hint};
}

}  // namespace bramley
