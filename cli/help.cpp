#include "cli/help.h"

#include <algorithm>
#include <set>

#include "cli/global_flags.h"
#include "cli/terminal_text.h"

namespace bramley {
namespace {

constexpr std::size_t default_width = 80;
constexpr std::size_t widest = 100;
constexpr std::size_t margin = 2;

struct Entry {
  std::string heading;
  std::string text;
};

// Headings to the left, wrapped text to the right.
std::string entries(const std::vector<Entry>& list, std::size_t width) {
  constexpr std::size_t widest_heading = 26;
  std::size_t column = 0;
  for (const Entry& entry : list) {
    if (display_width(entry.heading) <= widest_heading) {
      column = std::max(column, display_width(entry.heading));
    }
  }
  const std::size_t indent = margin + column + margin;
  std::string text;
  for (const Entry& entry : list) {
    std::string lead = std::string(margin, ' ') + entry.heading;
    const std::string body = wrap_text(entry.text, width, indent);
    if (display_width(lead) + margin > indent) {
      text.append(lead).append("\n").append(body);
    } else {
      text += pad_to_width(lead, indent) + body.substr(indent);
    }
  }
  return text;
}

std::string paragraphs(const std::string& text, std::size_t width) {
  std::string wrapped;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string line = text.substr(start, end - start);
    // A line that is indented stays as it is: a sample, a list.
    wrapped += line.empty() || line.front() == ' ' ? line + "\n" : wrap_text(line, width, 0);
    start = end + 1;
  }
  return wrapped;
}

std::string section(const std::string& title, const std::string& body) {
  return body.empty() ? "" : "\n" + title + ":\n" + body;
}

std::string commands_section(const CommandNode& node, std::size_t width) {
  std::vector<Entry> list;
  for (const auto& child : node.children()) {
    list.push_back({child->name(), child->summary()});
  }
  return section("Commands", entries(list, width));
}

std::string positionals_section(const CommandNode& node, std::size_t width) {
  std::vector<Entry> list;
  for (const Positional& positional : node.positionals()) {
    list.push_back({positional.spec.name, positional.spec.help});
  }
  return section("Arguments", entries(list, width));
}

std::string flags_section(const std::string& title, const std::vector<const Flag*>& flags,
                          std::size_t width) {
  std::vector<Entry> list;
  list.reserve(flags.size());
  for (const Flag* flag : flags) {
    list.push_back({flag_heading(*flag), flag_explanation(*flag)});
  }
  return section(title, entries(list, width));
}

std::string examples_section(const CommandNode& node, std::size_t width) {
  std::string text;
  for (const Example& example : node.examples()) {
    text += "  " + example.command + "\n" + wrap_text(example.meaning, width, 6);
  }
  return section("Examples", text);
}

}  // namespace

std::string usage_line(const CommandNode& node) {
  if (!node.children().empty()) {
    return node.full_name() + " COMMAND";
  }
  std::string line = node.full_name();
  for (const Positional& positional : node.positionals()) {
    std::string word = positional.spec.name + (positional.binding.repeats() ? "..." : "");
    line += positional.spec.need == PositionalSpec::Need::optional ? " [" + word + "]" : " " + word;
  }
  for (const Flag& flag : node.flags()) {
    if (flag.spec.need == FlagSpec::Need::required) {
      line += " --" + flag.spec.name + " " + flag.spec.value;
    }
  }
  return line + " [FLAGS]";
}

std::string flag_heading(const Flag& flag) {
  std::string heading =
      flag.spec.letter == '\0' ? "" : std::string{'-', flag.spec.letter, ',', ' '};
  heading += "--" + flag.spec.name;
  if (!flag.spec.value.empty()) {
    heading += " " + flag.spec.value;
  }
  return heading;
}

std::string flag_explanation(const Flag& flag) {
  std::string text = flag.spec.help;
  if (!flag.spec.choices.empty()) {
    std::string list;
    for (const std::string& choice : flag.spec.choices) {
      list += (list.empty() ? "" : ", ") + choice;
    }
    text += ": " + list;
  }
  if (flag.binding.kind() == ValueKind::secret) {
    text += " (@FILE, env:NAME, fd:N or -)";
  }
  if (flag.binding.repeats()) {
    text += "; may be repeated";
  }
  std::string facts;
  const std::string& standard = flag.spec.default_text;
  if (flag.spec.need == FlagSpec::Need::required) {
    facts = "required";
  } else if (!standard.empty()) {
    facts = "default: " + standard;
  }
  if (!flag.spec.variable.empty()) {
    facts += (facts.empty() ? "" : "; ") + std::string("environment: ") + flag.spec.variable;
  }
  return facts.empty() ? text : text + " [" + facts + "]";
}

std::vector<const Flag*> shown_global_flags(const CommandNode& root, const CommandNode& node) {
  std::vector<const Flag*> shown;
  if (&node == &root) {
    for (const Flag& flag : root.flags()) {
      shown.push_back(&flag);
    }
    return shown;
  }
  for (const Flag& flag : root.flags()) {
    const std::string& name = flag.spec.name;
    const bool concerns = name == "help" || (name == "output" && node.has_data()) ||
                          ((name == "config" || is_connection_flag(flag)) && node.needs_server());
    if (concerns) {
      shown.push_back(&flag);
    }
  }
  return shown;
}

std::string help_text(const CommandNode& root, const CommandNode& node, LineWidth terminal) {
  const std::size_t width = std::min(terminal.value_or(default_width), widest);
  std::string text =
      "Usage: " + usage_line(node) + "\n\n" + wrap_text(node.summary() + ".", width, 0);
  if (!node.description().empty()) {
    text += "\n" + paragraphs(node.description(), width);
  }
  text += commands_section(node, width);
  text += positionals_section(node, width);
  std::vector<const Flag*> own;
  if (&node != &root) {
    for (const Flag& flag : node.flags()) {
      own.push_back(&flag);
    }
  }
  text += flags_section("Flags", own, width);
  text += flags_section(&node == &root ? "Flags of every command" : "Common flags",
                        shown_global_flags(root, node), width);
  return text + examples_section(node, width);
}

namespace {

struct Region {
  std::string_view title;
  std::vector<std::string_view> commands;
};
// What one wants to do, in the order in which one comes to it.
const std::vector<Region>& regions() {
  static const std::vector<Region> all = {
      {"Start", {"serve", "simulate", "doctor"}},
      {"Apple's certificates", {"csr", "push-cert", "mdmcert", "vendor"}},
      {"Enrollment", {"profile", "ca"}},
      {"Devices", {"device", "command", "push"}},
      {"What happens", {"event", "webhook"}},
      {"Desired state", {"apply", "export"}},
      {"Access", {"context", "token", "api"}},
      {"Help", {"help", "completion", "version"}}};
  return all;
}

}  // namespace

std::string map_text(const CommandNode& root) {
  constexpr std::size_t title_width = 22;
  std::set<std::string> left;
  for (const auto& child : root.children()) {
    left.insert(child->name());
  }
  std::string text = root.name() + ": " + root.summary() + "\n\n";
  const auto add_line = [&text](std::string_view title, const std::vector<std::string>& words) {
    text += "  " + pad_to_width(std::string(title), title_width);
    for (const std::string& word : words) {
      text += word + (&word == &words.back() ? "\n" : "  ");
    }
  };
  for (const Region& region : regions()) {
    std::vector<std::string> words;
    for (const std::string_view name : region.commands) {
      if (left.erase(std::string(name)) > 0) {
        words.emplace_back(name);
      }
    }
    if (!words.empty()) {
      add_line(region.title, words);
    }
  }
  if (!left.empty()) {
    add_line("More", {left.begin(), left.end()});
  }
  return text + "\n";
}

}  // namespace bramley
