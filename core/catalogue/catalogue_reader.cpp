#include "core/catalogue/catalogue_reader.h"

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"
#include "core/base/words.h"

namespace bramley {
namespace {

using Words = std::vector<std::string_view>;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  return text;
}

Error bad(std::string_view what) {
  return {ErrorCode::malformed, std::string(what)};
}

Result<bool> read_switch(std::string_view text) {
  if (text == "0" || text == "1") {
    return text == "1";
  }
  return bad("neither 0 nor 1: " + std::string(text));
}

Result<OsVersion> read_version(std::string_view text) {
  const auto version = OsVersion::parse(text);
  return version ? Result(*version) : bad("no version: " + std::string(text));
}

struct SwitchWord {
  std::string_view word;
  std::optional<bool> PlatformTerms::* member;
};
constexpr std::array switch_words = {
    SwitchWord{"sup", &PlatformTerms::needs_supervision},
    SwitchWord{"ade", &PlatformTerms::needs_automated_enrollment},
    SwitchWord{"dc", &PlatformTerms::device_channel},
    SwitchWord{"uc", &PlatformTerms::user_channel},
    SwitchWord{"sipdc", &PlatformTerms::shared_ipad_device_channel},
    SwitchWord{"sipuc", &PlatformTerms::shared_ipad_user_channel}};

struct TextWord {
  std::string_view word;
  std::string PlatformTerms::* member;
};
constexpr std::array text_words = {TextWord{"ar", &PlatformTerms::access_right},
                                   TextWord{"ue", &PlatformTerms::user_enrollment},
                                   TextWord{"sip", &PlatformTerms::shared_ipad}};

Status read_term(PlatformTerms& terms, std::string_view word, std::string_view value) {
  if (word == "dep" || word == "rem") {
    TRY_ASSIGN(const OsVersion version, read_version(value));
    (word == "dep" ? terms.deprecated : terms.removed) = version;
    return {};
  }
  for (const SwitchWord& known : switch_words) {
    if (known.word == word) {
      TRY_ASSIGN(terms.*known.member, read_switch(value));
      return {};
    }
  }
  for (const TextWord& known : text_words) {
    if (known.word == word) {
      TRY_ASSIGN(terms.*known.member, decode_percent(value));
      return {};
    }
  }
  // Of a catalogue newer than this reader: what it does not know it cannot hold anybody to.
  return {};
}

Status read_terms(TermsByPlatform& all, std::string_view word) {
  const std::size_t colon = word.find(':');
  const auto platform = parse_platform(word.substr(0, colon));
  if (!platform) {
    return bad("no platform: " + std::string(word));
  }
  PlatformTerms& terms = all.at(static_cast<std::size_t>(*platform));
  for (const std::string_view part : split(word.substr(colon + 1), ',')) {
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos) {
      TRY(read_term(terms, part.substr(0, equals), part.substr(equals + 1)));
    } else if (part == "-") {
      terms.supported = false;
    } else {
      TRY_ASSIGN(terms.introduced, read_version(part));
      terms.supported = true;
    }
  }
  return {};
}

Result<KeyType> read_type(std::string_view word) {
  for (const KeyType type :
       {KeyType::string, KeyType::boolean, KeyType::integer, KeyType::real, KeyType::date,
        KeyType::data, KeyType::array, KeyType::dictionary, KeyType::any}) {
    if (key_type_name(type) == word) {
      return type;
    }
  }
  return bad("no type: " + std::string(word));
}

Result<std::optional<double>> read_bound(std::string_view text) {
  if (text.empty()) {
    return std::optional<double>();
  }
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc() && stop == end ? Result(std::optional(number))
                                               : bad("no number: " + std::string(text));
}

Status read_range(KeyDescription& key, std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    return bad("no range: " + std::string(text));
  }
  TRY_ASSIGN(key.least, read_bound(text.substr(0, dots)));
  TRY_ASSIGN(key.most, read_bound(text.substr(dots + 2)));
  return {};
}

Status read_key_word(KeyDescription& key, std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  if (word == "required") {
    key.required = true;
    return {};
  }
  if (name.find(':') != std::string_view::npos) {
    return read_terms(key.terms, word);
  }
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
  if (name == "default") {
    TRY_ASSIGN(key.default_text, decode_percent(value));
    return {};
  }
  if (name == "range") {
    return read_range(key, value);
  }
  if (name != "values") {
    return bad("no word of a key: " + std::string(word));
  }
  for (const std::string_view one : split(value, '|')) {
    TRY_ASSIGN(std::string text, decode_percent(one));
    key.values.push_back(std::move(text));
  }
  return {};
}

Result<KeyDescription> read_key(const Words& words) {
  if (words.size() < 3) {
    return bad("a key needs a name and a type");
  }
  KeyDescription key;
  TRY_ASSIGN(key.name, decode_percent(words[1]));
  TRY_ASSIGN(key.type, read_type(words[2]));
  for (std::size_t i = 3; i < words.size(); ++i) {
    TRY(read_key_word(key, words[i]));
  }
  return key;
}

// Reads line after line; a key goes into the last one of the depth above its own.
class Reader {
 public:
  Status read_line(std::string_view line) {
    const std::size_t depth = std::min(line.find_first_not_of(' '), line.size());
    const Words words = split(line, ' ');
    if (words.empty() || words.front().starts_with('#')) {
      return {};
    }
    if (words.front() == "edition") {
      return read_edition(words);
    }
    if (words.front() == "command") {
      return read_command(words);
    }
    if (words.front() != "key" && words.front() != "answer") {
      return bad("no such line: " + std::string(words.front()));
    }
    return add_key(words, depth);
  }

  std::vector<CommandDescription> commands;
  std::array<OsVersion, all_platforms.size()> edition;

 private:
  Status read_edition(const Words& words) {
    TermsByPlatform terms;
    for (std::size_t i = 1; i < words.size(); ++i) {
      TRY(read_terms(terms, words[i]));
    }
    for (std::size_t i = 0; i < edition.size(); ++i) {
      edition.at(i) = terms.at(i).introduced.value_or(OsVersion());
    }
    return {};
  }

  Status read_command(const Words& words) {
    if (words.size() < 3) {
      return bad("a command needs a request type and a source");
    }
    place_ = nullptr;  // it pointed into a command that may have moved
    CommandDescription& command = commands.emplace_back();
    command.request_type = words[1];
    command.source = words[2];
    for (std::size_t i = 3; i < words.size(); ++i) {
      TRY(read_terms(command.terms, words[i]));
    }
    return {};
  }

  Status add_key(const Words& words, std::size_t depth) {
    if (commands.empty() || depth == 0) {
      return bad("a key outside of a command");
    }
    TRY_ASSIGN(KeyDescription key, read_key(words));
    if (depth == 1) {
      place_ = words.front() == "answer" ? &commands.back().answers : &commands.back().keys;
      place_->push_back(std::move(key));
      return {};
    }
    std::vector<KeyDescription>* keys = place_;
    for (std::size_t level = 2; level <= depth; ++level) {
      if (keys == nullptr || keys->empty()) {
        return bad("a key within nothing");
      }
      keys = &keys->back().keys;
    }
    keys->push_back(std::move(key));
    return {};
  }

  std::vector<KeyDescription>* place_ = nullptr;
};

Status read_marks(CommandDescription& command, std::string_view marks) {
  const std::size_t instead = marks.find("instead=");
  if (instead != std::string_view::npos) {
    command.instead = marks.substr(instead + 8);
    marks = marks.substr(0, instead);
  }
  for (const std::string_view mark : split(marks, ' ')) {
    if (mark == "destructive") {
      command.destructive = true;
    } else if (mark.starts_with("secret=")) {
      for (const std::string_view key : split(mark.substr(7), ',')) {
        command.secret_keys.emplace_back(key);
      }
    } else {
      return bad("no such mark: " + std::string(mark));
    }
  }
  return {};
}

// Notes for commands that the catalogue does not have are passed over: it may be an older one.
Status read_note(std::vector<CommandDescription>& commands, std::string_view line) {
  if (trimmed(line).empty() || line.starts_with('#')) {
    return {};
  }
  const Words fields = split(line, '|');
  if (fields.size() < 3 || fields.size() > 4) {
    return bad("a note has three or four fields");
  }
  const std::string_view name = trimmed(fields[0]);
  const auto found = std::find_if(
      commands.begin(), commands.end(),
      [name](const CommandDescription& command) { return command.request_type == name; });
  if (found == commands.end()) {
    return {};
  }
  found->group = trimmed(fields[1]);
  found->summary = trimmed(fields[2]);
  return fields.size() == 4 ? read_marks(*found, trimmed(fields[3])) : Status();
}

template <class ReadLine>
Status each_line(std::string_view text, std::string_view name, const ReadLine& read_line) {
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (Status read = read_line(text.substr(0, end)); !read) {
      return std::move(read).error().while_doing("line " + std::to_string(number) + " of the " +
                                                 std::string(name));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

Result<CommandCatalogue> read_catalogue(std::string_view commands, std::string_view notes) {
  Reader reader;
  TRY(each_line(commands, "catalogue",
                [&reader](std::string_view line) { return reader.read_line(line); }));
  TRY(each_line(notes, "notes",
                [&reader](std::string_view line) { return read_note(reader.commands, line); }));
  std::sort(reader.commands.begin(), reader.commands.end(),
            [](const CommandDescription& a, const CommandDescription& b) {
              return a.request_type < b.request_type;
            });
  return CommandCatalogue(std::move(reader.commands), reader.edition);
}

}  // namespace bramley
