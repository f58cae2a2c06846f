#include "server/signals.h"

#include <pthread.h>

#include <csignal>

namespace bramley {
namespace {

sigset_t waited_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&set, number);
  }
  return set;
}

}  // namespace

SignalWaiter::SignalWaiter() {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  const sigset_t set = waited_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int SignalWaiter::wait(const std::function<void()>& on_hangup) const {
  const sigset_t set = waited_signals();
  while (true) {
    int number = 0;
    if (sigwait(&set, &number) != 0) {
      continue;
    }
    if (number != SIGHUP) {
      return number;
    }
    on_hangup();
  }
}

}  // namespace bramley
