#include "vendor-tool/signing_worker.h"

namespace bramley {
namespace {

Result<std::string> sign_and_seal(const PushRequestSigner& signer, const SigningCase& subject) {
  TRY_ASSIGN(const CertificateRequest request,
             CertificateRequest::from_file_content(as_bytes(subject.csr)));
  TRY_ASSIGN(const Certificate recipient,
             Certificate::from_file_content(as_bytes(subject.encrypt)));
  TRY_ASSIGN(const std::string signed_request, signer.sign(request));
  return seal_push_request(signed_request, recipient);
}

}  // namespace

void SigningWorker::run_once() {
  const auto changed = queue_.changed_at();
  if (changed == seen_) {
    return;
  }
  // It stays approved, and is signed with the next certificate.
  if (auto valid = signer_.check_validity(clock_.now()); !valid) {
    if (!trouble_told_) {
      log_.error("cannot sign", {{"cause", valid.error().message}});
    }
    trouble_told_ = true;
    return;
  }
  auto listing = queue_.list(SigningQueue::Which::open);
  if (!listing) {
    if (!trouble_told_) {
      log_.error("cannot read the queue", {{"cause", listing.error().message}});
    }
    trouble_told_ = true;
    return;
  }
  trouble_told_ = false;
  for (const Error& broken : listing->broken) {
    log_.error("request cannot be read", {{"cause", broken.message}});
  }
  for (SigningCase& subject : listing->cases) {
    handle(std::move(subject));
  }
  // A file system's clock ticks in steps: what changed just now may change again unseen.
  constexpr std::chrono::seconds step(2);
  if (std::filesystem::file_time_type::clock::now() - changed > step) {
    seen_ = changed;
  }
}

void SigningWorker::handle(SigningCase subject) {
  Status status;
  const bool fresh = subject.state == SigningState::approved;
  if (fresh) {
    status = sign(subject);
  }
  if (status && subject.state == SigningState::signed_request && (courier_ != nullptr || !fresh)) {
    status = deliver(subject);
  }
  if (!status) {
    log_.error("request not handled", {{"id", subject.id}, {"cause", status.error().message}});
  }
}

Status SigningWorker::sign(SigningCase& subject) {
  const auto sealed = sign_and_seal(signer_, subject);
  if (!sealed) {
    subject.state = SigningState::failed;
    subject.reason = sealed.error().message;
    log_.warn("request cannot be signed", {{"id", subject.id}, {"cause", subject.reason}});
    return queue_.record(subject, SigningQueue::Course::settled, "failed", clock_.now());
  }
  TRY_ASSIGN(const auto path, queue_.put_into_outbox(*sealed, clock_.now()));
  subject.state = SigningState::signed_request;
  subject.file = path.string();
  log_.info("request signed", {{"id", subject.id}, {"file", subject.file}});
  return queue_.record(
      subject, courier_ == nullptr ? SigningQueue::Course::settled : SigningQueue::Course::open,
      "signed", clock_.now());
}

Status SigningWorker::deliver(SigningCase& subject) {
  if (courier_ == nullptr) {
    // Signed when there was a courier; now the outbox is the end.
    return queue_.record(subject, SigningQueue::Course::settled, "kept", clock_.now());
  }
  const Status delivered = courier_->deliver(subject);
  subject.delivery = delivered ? "done" : delivered.error().message;
  if (!delivered) {
    log_.error("not delivered: send the file by hand",
               {{"id", subject.id}, {"file", subject.file}, {"cause", subject.delivery}});
  }
  return queue_.record(subject, SigningQueue::Course::settled,
                       delivered ? "delivered" : "not delivered", clock_.now());
}

}  // namespace bramley
