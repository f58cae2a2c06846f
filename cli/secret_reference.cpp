#include "cli/secret_reference.h"

#include <termios.h>
#include <unistd.h>

#include <charconv>

#include "cli/controlling_terminal.h"
#include "cli/input.h"

namespace bramley {
namespace {

constexpr std::size_t secret_limit = 64U << 10U;

Result<SecretBytes> without_line_break(Bytes content) {
  if (!content.empty() && content.back() == '\n') {
    content.pop_back();
  }
  if (!content.empty() && content.back() == '\r') {
    content.pop_back();
  }
  if (content.empty()) {
    return Error{ErrorCode::malformed, "the secret is empty"};
  }
  return SecretBytes(std::move(content));
}

Result<SecretBytes> read_file_secret(std::string_view path) {
  TRY_ASSIGN(auto content, read_input_file(std::string(path), secret_limit));
  return without_line_break(std::move(content));
}

// Switches the terminal's echo off for as long as it lives.
class EchoOff {
 public:
  explicit EchoOff(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) == 0) {
      termios quiet = before_;
      quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      changed_ = ::tcsetattr(terminal_, TCSAFLUSH, &quiet) == 0;
    }
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (changed_) {
      ::tcsetattr(terminal_, TCSAFLUSH, &before_);
    }
  }

 private:
  int terminal_;
  termios before_{};
  bool changed_ = false;
};

}  // namespace

Result<SecretReference> SecretReference::parse(std::string_view text) {
  if (text == "-") {
    return SecretReference(Source::standard_input, {});
  }
  if (text.starts_with("@") && text.size() > 1) {
    return SecretReference(Source::file, std::string(text.substr(1)));
  }
  if (text.starts_with("env:") && text.size() > 4) {
    return SecretReference(Source::environment, std::string(text.substr(4)));
  }
  if (text.starts_with("fd:")) {
    int number = -1;
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data() + 3, end, number);
    if (failure == std::errc() && stop == end && number >= 0) {
      return SecretReference(Source::descriptor, std::to_string(number));
    }
  }
  return Error{ErrorCode::malformed, "a secret is given as @FILE, env:NAME, fd:N or -",
               "arguments can be seen by every user of the machine: put the secret into a file or "
               "a variable"};
}

Result<SecretBytes> SecretReference::read(const Environment& environment) const {
  switch (source_) {
    case Source::none:
      break;
    case Source::file:
      return read_file_secret(place_);
    case Source::environment:
    case Source::twin: {
      const char* value = environment(place_.c_str());
      if (value == nullptr) {
        return Error{ErrorCode::malformed, "the variable " + place_ + " is not set"};
      }
      const std::string_view text = value;
      return text.starts_with("@") ? read_file_secret(text.substr(1))
                                   : without_line_break(to_bytes(text));
    }
    case Source::descriptor: {
      TRY_ASSIGN(auto content, read_descriptor(std::stoi(place_), secret_limit));
      return without_line_break(std::move(content));
    }
    case Source::standard_input: {
      TRY_ASSIGN(auto content, read_descriptor(STDIN_FILENO, secret_limit));
      return without_line_break(std::move(content));
    }
  }
  return Error{ErrorCode::internal, "no secret was given"};
}

Result<SecretBytes> prompt_for_secret(std::string_view question) {
  const ControllingTerminal terminal;
  if (!terminal.is_there()) {
    return Error{ErrorCode::unavailable, "there is no terminal to ask on"};
  }
  terminal.say(std::string(question) + ": ");
  const EchoOff quiet(terminal.descriptor());
  Bytes answer;
  std::uint8_t byte = 0;
  while (answer.size() < secret_limit && ::read(terminal.descriptor(), &byte, 1) == 1 &&
         byte != '\n') {
    answer.push_back(byte);
  }
  terminal.say("\n");
  return without_line_break(std::move(answer));
}

}  // namespace bramley
