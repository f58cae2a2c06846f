#include "cli/controlling_terminal.h"

#include <fcntl.h>
#include <unistd.h>

namespace bramley {

ControllingTerminal::ControllingTerminal()
    : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {}

ControllingTerminal::~ControllingTerminal() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

void ControllingTerminal::say(std::string_view text) const {
  // Nothing can be done about a terminal that does not take a prompt.
  [[maybe_unused]] const auto written = ::write(descriptor_, text.data(), text.size());
}

std::string ControllingTerminal::read_line(std::size_t limit) const {
  std::string line;
  char byte = 0;
  while (line.size() < limit && ::read(descriptor_, &byte, 1) == 1 && byte != '\n') {
    line.push_back(byte);
  }
  return line;
}

}  // namespace bramley
