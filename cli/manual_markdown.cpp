#include <algorithm>

#include "cli/help.h"
#include "cli/manual.h"
#include "cli/terminal_text.h"

namespace bramley {
namespace {

constexpr std::size_t line_width = 100;

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '<' || c == '*' || c == '|') {
      result += '\\';
    }
    result += c;
  }
  return result;
}

std::string filled(const std::string& text) {
  return wrap_text(escaped(text), line_width, 0);
}

std::string paragraphs(const std::string& text) {
  std::string result;
  bool sample = false;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string line = text.substr(start, end - start);
    start = end + 1;
    if (line.starts_with(" ") != sample) {
      result += "```\n";
      sample = !sample;
    }
    result += sample ? line.substr(2) + "\n" : (line.empty() ? "\n" : filled(line));
  }
  return result + (sample ? "```\n" : "");
}

std::string flag_table(const std::vector<const Flag*>& flags) {
  if (flags.empty()) {
    return {};
  }
  std::string text = "\n| Flag | Meaning | Default | Environment |\n|---|---|---|---|\n";
  for (const Flag* flag : flags) {
    std::string meaning = flag->spec.help;
    if (!flag->spec.choices.empty()) {
      std::string list;
      for (const std::string& choice : flag->spec.choices) {
        list += (list.empty() ? "" : ", ") + choice;
      }
      meaning += ": " + list;
    }
    if (flag->binding.repeats()) {
      meaning += "; may be repeated";
    }
    const std::string standard =
        flag->spec.need == FlagSpec::Need::required ? "(required)" : flag->spec.default_text;
    const std::string variable = flag->spec.variable.empty() ? "" : "`" + flag->spec.variable + "`";
    text += "| `" + flag_heading(*flag) + "` | " + escaped(meaning) + " | " + escaped(standard) +
            " | " + variable + " |\n";
  }
  return text;
}

std::string command_section(const CommandNode& root, const CommandNode& node, std::size_t level) {
  std::string text = "\n" + std::string(level, '#') + " " + node.full_name() + "\n\n" +
                     filled(node.summary() + ".");
  if (!node.description().empty()) {
    text += "\n" + paragraphs(node.description());
  }
  if (node.children().empty()) {
    text += "\n```\n" + usage_line(node) + "\n```\n";
    for (const Positional& positional : node.positionals()) {
      text += (&positional == &node.positionals().front() ? "\n" : "") + std::string("- `") +
              positional.spec.name + "`: " + escaped(positional.spec.help) + "\n";
    }
    std::vector<const Flag*> flags;
    for (const Flag& flag : node.flags()) {
      flags.push_back(&flag);
    }
    text += flag_table(flags);
  }
  for (const Example& example : node.examples()) {
    text += "\n" + filled(example.meaning) + "\n```\n" + example.command + "\n```\n";
  }
  for (const auto& child : node.children()) {
    text += command_section(root, *child, level + 1);
  }
  return text;
}

std::string exit_codes() {
  std::string text = "\n## Exit codes\n\n| Code | Meaning |\n|---|---|\n";
  for (const ExitCodeMeaning& meaning : exit_code_meanings()) {
    text += "| " + std::to_string(static_cast<int>(meaning.code)) + " | " +
            escaped(std::string(meaning.meaning)) + " |\n";
  }
  return text;
}

}  // namespace

std::string markdown_document(const CommandNode& root, const CommandNode& node) {
  if (&node != &root) {
    return command_section(root, node, 2).substr(1);
  }
  std::string text =
      "<!-- Made by 'bramley help --format markdown': do not edit. -->\n"
      "# The command line\n\n" +
      filled(root.summary() + ".") + "\n" + paragraphs(root.description());
  text += "\n```\n" + usage_line(root) + "\n```\n";
  for (const ManualTopic& topic : manual_topics()) {
    text += "\n## " + topic.title + "\n\n" + paragraphs(topic.text);
  }
  text += exit_codes() + "\n## Flags of every command\n";
  std::vector<const Flag*> flags;
  for (const Flag& flag : root.flags()) {
    flags.push_back(&flag);
  }
  text += flag_table(flags);
  for (const auto& child : root.children()) {
    text += command_section(root, *child, 2);
  }
  return text;
}

}  // namespace bramley
