#include "cli/interruption.h"

#include <pthread.h>

#include <ctime>

namespace bramley {

Interruption::Interruption() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

Interruption::~Interruption() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool Interruption::has_come() {
  if (!come_) {
    const timespec at_once{};
    if (sigtimedwait(&signals_, nullptr, &at_once) > 0) {
      come_ = true;
      pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
  }
  return come_;
}

}  // namespace bramley
