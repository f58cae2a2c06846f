#pragma once

#include <filesystem>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "vendor-tool/push_request_signer.h"
#include "vendor-tool/signing_queue.h"

namespace bramley {

// What is done with a file in the outbox: the e-mail, usually.
class Courier {
 public:
  virtual ~Courier() = default;
  // May take its time. The error says why it was not delivered.
  virtual Status deliver(const SigningCase& subject) = 0;
};

// Signs what is approved, puts it into the outbox, and hands it to the courier. A crash in between
// signs or delivers again, never not at all. Used by one thread.
class SigningWorker {
 public:
  // All must outlive the worker. No courier: the outbox is the end.
  SigningWorker(const PushRequestSigner& signer, SigningQueue& queue, Courier* courier,
                const Clock& clock, Log& log)
      : signer_(signer), queue_(queue), courier_(courier), clock_(clock), log_(log) {}

  // All that is approved now; cheap when nothing has changed.
  void run_once();

 private:
  void handle(SigningCase subject);
  Status sign(SigningCase& subject);
  Status deliver(SigningCase& subject);

  const PushRequestSigner& signer_;
  SigningQueue& queue_;
  Courier* courier_;
  const Clock& clock_;
  Log& log_;
  std::filesystem::file_time_type seen_{};
  bool trouble_told_ = false;
};

}  // namespace bramley
