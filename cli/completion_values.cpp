#include "cli/completion_values.h"

#include <nlohmann/json.hpp>

#include "cli/connection.h"
#include "cli/context_file.h"
#include "cli/terminal_text.h"
#include "core/catalogue/command_catalogue.h"

namespace bramley {
namespace {

std::string line(const std::string& value, const std::string& about) {
  return escape_for_terminal(value) + "\t" + escape_for_terminal(about) + "\n";
}

std::string contexts(Session& session) {
  std::string text;
  const auto path = context_file_path(session);
  if (!path) {
    return text;
  }
  const auto file = ContextFile::load(*path);
  if (!file) {
    return text;
  }
  for (const Context& context : file->contexts()) {
    text += line(context.name, context.server);
  }
  return text;
}

std::string devices(Session& session) {
  std::string text;
  static_cast<void>(with_server(session, [&](ApiClient& api) -> CommandResult {
    TRY_ASSIGN(const Json page, api.get(ApiPath{"/api/v1/enrollments"}.parameter("limit", "200")));
    for (const Json& device : array_member(page, "enrollments")) {
      text += line(text_member(device, "id"),
                   text_member(device, "device_name") + " " + text_member(device, "serial_number"));
    }
    return ExitCode::done;
  }));
  return text;
}

std::string types() {
  std::string text;
  for (const CommandDescription& command : CommandCatalogue::apple().commands()) {
    text += line(command.request_type, command.summary);
  }
  return text;
}

// Of an array with alternatives the name stands for its item; of other arrays for the only one.
void add_keys(const std::string& before, const std::vector<KeyDescription>& keys,
              std::string& text) {
  for (const KeyDescription& key : keys) {
    if (key.is_wildcard()) {
      continue;
    }
    const std::string place = before + key.name;
    const KeyDescription* item = key.item();
    if ((key.type == KeyType::dictionary && !key.keys.empty()) || key.has_alternatives()) {
      add_keys(place + ".", key.keys, text);
    } else if (key.type == KeyType::array && item != nullptr && item->type == KeyType::dictionary) {
      add_keys(place + ".", item->keys, text);
    } else {
      text += line(place + "=", std::string(key_type_name(key.type)));
    }
  }
}

std::string keys(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (const CommandDescription* command = CommandCatalogue::apple().find(word)) {
      add_keys("", command->keys, text);
      break;
    }
  }
  return text;
}

}  // namespace

std::string completion_values(Session& session, const std::string& kind,
                              const std::vector<std::string>& words) {
  if (kind == "contexts") {
    return contexts(session);
  }
  if (kind == "devices") {
    return devices(session);
  }
  return kind == "types" ? types() : keys(words);
}

}  // namespace bramley
