#include <algorithm>
#include <cctype>

#include "cli/help.h"
#include "cli/manual.h"
#include "cli/terminal_text.h"
#include "core/base/version.h"

namespace bramley {
namespace {

// When the manual was last worked over, for the foot of its pages.
constexpr std::string_view manual_date = "2026-11-24";

// Short of 80 by what escapes may add.
constexpr std::size_t line_width = 66;

// roff: a backslash and a hyphen that is to stay one.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

// A line must not begin with what roff takes for a request.
std::string as_line(std::string line) {
  const std::string text = escaped(line);
  return (text.starts_with(".") || text.starts_with("'") ? "\\&" : "") + text + "\n";
}

// Filled text: a new line for each sentence, none too long.
std::string filled(const std::string& text) {
  std::string result;
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = text.find(". ", start);
    end = end == std::string::npos ? text.size() : end + 1;
    const std::string sentence = wrap_text(text.substr(start, end - start), line_width, 0);
    std::size_t line = 0;
    while (line < sentence.size()) {
      const std::size_t line_end = sentence.find('\n', line);
      result += as_line(sentence.substr(line, line_end - line));
      line = line_end + 1;
    }
    start = end + 1;
  }
  return result;
}

std::string paragraphs(const std::string& text) {
  std::string result;
  bool sample = false;
  bool after_gap = false;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string line = text.substr(start, end - start);
    start = end + 1;
    const bool indented = line.starts_with(" ");
    if (indented != sample) {
      result += indented ? ".nf\n" : ".fi\n";
      sample = indented;
    }
    if (line.empty()) {
      after_gap = true;
      continue;
    }
    result += after_gap ? ".PP\n" : "";
    after_gap = false;
    result += indented ? as_line(line) : filled(line);
  }
  return result + (sample ? ".fi\n" : "");
}

std::string header(const std::string& name) {
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return ".\\\" Made by 'bramley help --format man': do not edit.\n.TH " + escaped(upper) + " 1 " +
         std::string(manual_date) + " \"bramley " + std::string(program_version) +
         "\" \"Bramley manual\"\n";
}

std::string tagged(const std::string& tag, const std::string& text) {
  return ".TP\n.B " + escaped(tag) + "\n" + filled(text);
}

std::string flag_list(const std::vector<const Flag*>& flags) {
  std::string text;
  for (const Flag* flag : flags) {
    text += tagged(flag_heading(*flag), flag_explanation(*flag) + ".");
  }
  return text;
}

std::string examples(const CommandNode& node) {
  std::string text;
  for (const Example& example : node.examples()) {
    text += ".PP\n" + filled(example.meaning) + ".PP\n.RS 4\n.nf\n" + as_line(example.command) +
            ".fi\n.RE\n";
  }
  return text;
}

// One command of a page: how it is called, what it does, what it takes.
std::string command_body(const CommandNode& root, const CommandNode& node) {
  std::string text = ".B " + escaped(usage_line(node)) + "\n.PP\n" + filled(node.summary() + ".");
  if (!node.description().empty()) {
    text += ".PP\n" + paragraphs(node.description());
  }
  for (const Positional& positional : node.positionals()) {
    text += tagged(positional.spec.name, positional.spec.help + ".");
  }
  std::vector<const Flag*> flags;
  for (const Flag& flag : node.flags()) {
    flags.push_back(&flag);
  }
  text += flag_list(flags);
  std::string common;
  for (const Flag* flag : shown_global_flags(root, node)) {
    common += (common.empty() ? "--" : ", --") + flag->spec.name;
  }
  return text + ".PP\n" + filled("Also " + common + ": see bramley(1).") + examples(node);
}

std::string noun_page(const CommandNode& root, const CommandNode& noun) {
  const std::string name = "bramley-" + noun.name();
  std::string text = header(name) + ".SH NAME\n" + escaped(name) + " \\-\n" +
                     escaped(noun.summary()) + "\n.SH SYNOPSIS\n";
  if (noun.children().empty()) {
    return text + ".B " + escaped(usage_line(noun)) + "\n.SH DESCRIPTION\n" +
           command_body(root, noun) + ".SH SEE ALSO\n.BR bramley (1)\n";
  }
  for (const auto& verb : noun.children()) {
    text +=
        (verb == noun.children().front() ? ".B " : ".br\n.B ") + escaped(usage_line(*verb)) + "\n";
  }
  text += ".SH DESCRIPTION\n" + filled(noun.summary() + ".");
  if (!noun.description().empty()) {
    text += ".PP\n" + paragraphs(noun.description());
  }
  for (const auto& verb : noun.children()) {
    text += ".SH " + escaped(verb->path()) + "\n" + command_body(root, *verb);
  }
  return text + ".SH SEE ALSO\n.BR bramley (1)\n";
}

std::string commands_section(const CommandNode& root) {
  std::string text = ".SH COMMANDS\n";
  for (const auto& child : root.children()) {
    text +=
        ".TP\n.BR bramley\\-" + escaped(child->name()) + " (1)\n" + filled(child->summary() + ".");
  }
  return text;
}

std::string environment_section(const CommandNode& root) {
  std::string text = ".SH ENVIRONMENT\n";
  for (const auto& [node, flag] : flags_with_variables(root)) {
    const std::string where = node->parent() == nullptr ? "" : " of '" + node->full_name() + "'";
    text += tagged(flag->spec.variable, "In place of --" + flag->spec.name + where + ".");
  }
  return text;
}

std::string root_page(const CommandNode& root) {
  std::string text = header("bramley") + ".SH NAME\nbramley \\-\n" + escaped(root.summary()) +
                     "\n.SH SYNOPSIS\n.B " + escaped(usage_line(root)) + "\n.SH DESCRIPTION\n";
  text += paragraphs(root.description()) + commands_section(root) + ".SH GLOBAL FLAGS\n";
  std::vector<const Flag*> flags;
  for (const Flag& flag : root.flags()) {
    flags.push_back(&flag);
  }
  text += flag_list(flags);
  for (const ManualTopic& topic : manual_topics()) {
    std::string title = topic.title;
    std::transform(title.begin(), title.end(), title.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    text += ".SH " + title + "\n" + paragraphs(topic.text);
  }
  text += environment_section(root) + ".SH EXIT STATUS\n";
  for (const ExitCodeMeaning& meaning : exit_code_meanings()) {
    text +=
        tagged(std::to_string(static_cast<int>(meaning.code)), std::string(meaning.meaning) + ".");
  }
  return text;
}

}  // namespace

std::string man_page(const CommandNode& root, const CommandNode& node) {
  const CommandNode* noun = &node;
  while (noun->parent() != nullptr && noun->parent()->parent() != nullptr) {
    noun = noun->parent();
  }
  return noun == &root ? root_page(root) : noun_page(root, *noun);
}

}  // namespace bramley
