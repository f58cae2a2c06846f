#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/http/listener.h"
#include "vendor-tool/push_request_signer.h"
#include "vendor-tool/signing_customers.h"
#include "vendor-tool/signing_protocol.h"
#include "vendor-tool/signing_queue.h"

namespace bramley {

// The door of a signing service: POST /api/v1/signrequest as mdmcert.download answers it (a refusal
// is 200 with "failure" and a reason), and GET /healthz. What it takes goes into the queue. Safe to
// call from several threads.
class SigningService : public HttpHandler {
 public:
  // A request and a certificate, twice in base64, and some words: a few KB.
  static constexpr std::uint64_t largest_body = 64U << 10U;

  // The references must outlive the service.
  SigningService(const PushRequestSigner& signer, SigningQueue& queue, SigningCustomers customers,
                 const Clock& clock, Log& log);

  // Whom to serve from now on.
  void set_customers(SigningCustomers customers);

  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;

 private:
  // The Error's message is the reason that the customer gets.
  Status take(const HttpRequest& request);
  Status take_from(const SigningCustomer& customer, const SigningRequest& wanted,
                   SigningCase& subject, std::string_view remote);
  void log_wrong_key(std::string_view remote);

  const PushRequestSigner& signer_;
  SigningQueue& queue_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::shared_ptr<const SigningCustomers> customers_;
  // Lines about wrong keys are counted, so that nobody fills the log.
  Timestamp window_start_{};
  int lines_in_window_ = 0;
};

}  // namespace bramley
