#include "vendor-tool/signing_service.h"

#include "core/crypto/enveloped_message.h"

namespace bramley {
namespace {

constexpr std::string_view health_path = "/healthz";
constexpr int lines_a_minute = 10;

HttpResponse json_answer(int status, Bytes body) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

HttpResponse method_refused(std::string_view allow) {
  HttpResponse response = json_answer(405, write_signing_answer("use " + std::string(allow)));
  response.headers.set("Allow", std::string(allow));
  return response;
}

Error refusal(std::string reason) {
  return {ErrorCode::forbidden, std::move(reason)};
}

// What is in the request, checked as the signer will check it: whoever asks hears of it now.
struct Checked {
  CertificateRequest request;
  Certificate recipient;
};
Result<Checked> check_content(const SigningRequest& wanted, const PushRequestSigner& signer) {
  auto request = CertificateRequest::from_file_content(as_bytes(wanted.csr));
  if (!request) {
    return refusal("\"csr\" is no certificate request");
  }
  if (auto fine = check_customer_request(*request); !fine) {
    return refusal(fine.error().message);
  }
  if (request->public_key_der() == signer.certificate().public_key_der()) {
    return refusal("this request is for the vendor's own key");
  }
  auto recipient = Certificate::from_file_content(as_bytes(wanted.encrypt));
  if (!recipient || !check_envelope_recipient(*recipient)) {
    return refusal("\"encrypt\" is no certificate with an RSA key");
  }
  return Checked{*std::move(request), *std::move(recipient)};
}

}  // namespace

SigningService::SigningService(const PushRequestSigner& signer, SigningQueue& queue,
                               SigningCustomers customers, const Clock& clock, Log& log)
    : signer_(signer),
      queue_(queue),
      clock_(clock),
      log_(log),
      customers_(std::make_shared<const SigningCustomers>(std::move(customers))) {}

void SigningService::set_customers(SigningCustomers customers) {
  auto next = std::make_shared<const SigningCustomers>(std::move(customers));
  const std::lock_guard lock(mutex_);
  customers_ = std::move(next);
}

std::uint64_t SigningService::body_limit(const HttpRequest& head) {
  return head.raw_path() == signing_path && head.method == "POST" ? largest_body : 0;
}

HttpResponse SigningService::handle(const HttpRequest& request) {
  const std::string_view path = request.raw_path();
  if (path == health_path) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!reads) {
      return method_refused("GET, HEAD");
    }
    HttpResponse response = json_answer(200, to_bytes(std::string_view("ok\n")));
    response.headers.set("Content-Type", "text/plain; charset=utf-8");
    return response;
  }
  if (path != signing_path) {
    return json_answer(404, write_signing_answer("there is nothing here"));
  }
  if (request.method != "POST") {
    return method_refused("POST");
  }
  const Status taken = take(request);
  if (taken) {
    return json_answer(200, write_signing_answer(std::nullopt));
  }
  const bool nonsense = taken.error().code == ErrorCode::malformed;
  return json_answer(nonsense ? 400 : 200, write_signing_answer(taken.error().message));
}

Status SigningService::take(const HttpRequest& request) {
  TRY_ASSIGN(const SigningRequest wanted, read_signing_request(request.body));
  std::shared_ptr<const SigningCustomers> customers;
  {
    const std::lock_guard lock(mutex_);
    customers = customers_;
  }
  const SigningCustomer* customer = customers->find_by_key(wanted.key.reveal());
  if (customer == nullptr) {
    log_wrong_key(request.peer.address);
    return refusal("Invalid API key");
  }
  SigningCase subject;
  subject.received_at = clock_.now();
  subject.customer = customer->name;
  subject.email = is_safe_email(wanted.email) ? wanted.email : "(invalid)";
  subject.csr = wanted.csr;
  Status taken = take_from(*customer, wanted, subject, request.peer.address);
  if (taken || taken.error().code != ErrorCode::forbidden) {
    return taken;
  }
  subject.reason = taken.error().message;
  if (auto written = queue_.record_refusal(subject, request.peer.address); !written) {
    log_.error("audit line not written", {{"cause", written.error().message}});
  }
  return taken;
}

Status SigningService::take_from(const SigningCustomer& customer, const SigningRequest& wanted,
                                 SigningCase& subject, std::string_view remote) {
  const auto rule = is_safe_email(wanted.email) ? customer.rule_for(wanted.email) : std::nullopt;
  if (!rule) {
    return refusal("Invalid email address: it may not be used with this API key");
  }
  TRY_ASSIGN(const Checked content, check_content(wanted, signer_));
  if (auto valid = signer_.check_validity(subject.received_at); !valid) {
    log_.error("cannot sign", {{"cause", valid.error().message}});
    return refusal("the service's signing certificate is expired: tell its operator");
  }
  subject.csr = content.request.pem();
  subject.encrypt = content.recipient.pem();
  if (*rule == Approval::automatic) {
    subject.state = SigningState::approved;
    subject.decided_by = "rule of " + customer.name;
    subject.decided_at = subject.received_at;
  }
  const auto added = queue_.add(subject, remote);
  if (!added) {
    log_.error("request not taken", {{"cause", added.error().message}});
    return Error{ErrorCode::unavailable, "the service cannot take requests now: try again later"};
  }
  log_.info("request taken", {{"customer", subject.customer},
                              {"email", subject.email},
                              {"state", std::string(signing_state_name(subject.state))},
                              {"repeated", *added == SigningQueue::Added::before ? "yes" : "no"}});
  return {};
}

void SigningService::log_wrong_key(std::string_view remote) {
  {
    const std::lock_guard lock(mutex_);
    const Timestamp now = clock_.now();
    if (now - window_start_ >= std::chrono::minutes(1) || now < window_start_) {
      window_start_ = now;
      lines_in_window_ = 0;
    }
    if (lines_in_window_++ >= lines_a_minute) {
      return;
    }
  }
  log_.warn("API key is nobody's", {{"peer", std::string(remote)}});
}

}  // namespace bramley
