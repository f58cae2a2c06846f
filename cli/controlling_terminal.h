#pragma once

#include <string>
#include <string_view>

namespace bramley {

// The terminal of whoever runs the program (/dev/tty), wherever its input and output are led.
class ControllingTerminal {
 public:
  ControllingTerminal();
  ControllingTerminal(const ControllingTerminal&) = delete;
  ControllingTerminal& operator=(const ControllingTerminal&) = delete;
  ~ControllingTerminal();

  [[nodiscard]] bool is_there() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  void say(std::string_view text) const;
  // What is typed up to the line break, `limit` bytes at most; less when the input ends.
  [[nodiscard]] std::string read_line(std::size_t limit) const;

 private:
  int descriptor_;
};

}  // namespace bramley
