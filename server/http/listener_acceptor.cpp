#include "server/http/listener_acceptor.h"

namespace bramley {
namespace {

// Connections taken in a row before the loop has its turn.
constexpr int fair_accepts = 64;

}  // namespace

void Acceptor::begin() {
  const std::lock_guard lock(mutex_);
  await();
}

void Acceptor::ready(Readiness) {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return;
  }
  take_all();
  if (!exhausted_) {
    await();
  }
}

void Acceptor::retry() {
  const std::lock_guard lock(mutex_);
  if (exhausted_ && !closed_) {
    exhausted_ = false;
    await();
  }
}

void Acceptor::close() {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return;
  }
  take_all();
  closed_ = true;
  socket_->close();
}

void Acceptor::take_all() {
  for (int taken = 0; taken < fair_accepts; ++taken) {
    AcceptResult result = accept_from(socket_->descriptor());
    if (!result.socket) {
      exhausted_ = result.failure == AcceptFailure::exhausted;
      return;
    }
    taker_(*std::move(result.socket));
  }
}

void Acceptor::await() {
  socket_->await(Readiness::readable, shared_from_this());
}

}  // namespace bramley
