#pragma once

#include <functional>

namespace bramley {

// Takes SIGTERM, SIGINT and SIGHUP for the whole process: made before any thread starts, so that
// every thread inherits the mask. SIGPIPE is ignored: a client that went away is an error of one
// write, not of the process.
class SignalWaiter {
 public:
  SignalWaiter();
  // Blocks until SIGTERM or SIGINT (whose number it returns). Each SIGHUP meanwhile runs
  // `on_hangup`.
  int wait(const std::function<void()>& on_hangup) const;
};

}  // namespace bramley
