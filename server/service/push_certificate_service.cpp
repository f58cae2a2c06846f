#include "server/service/push_certificate_service.h"

#include <algorithm>

namespace bramley {
namespace {

constexpr std::string_view block_begin = "-----BEGIN ";

// Only what belongs there: a file with anything else in it was meant for another place.
Status check_blocks(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(block_begin); at != std::string_view::npos;
       at = text.find(block_begin, at + 1)) {
    const std::string_view rest = text.substr(at + block_begin.size());
    const std::string_view label = rest.substr(0, rest.find("-----"));
    if (label != "CERTIFICATE" && !label.ends_with("PRIVATE KEY")) {
      return Error{ErrorCode::malformed, "a PEM block is neither a certificate nor a private key"};
    }
    ++count;
  }
  return count == 0 ? Status(Error{ErrorCode::malformed, "no PEM in the request's body",
                                   "send the certificate and its key in PEM, one after the other"})
                    : Status();
}

Result<PushIdentity> read_pair(ByteView pem, Timestamp now) {
  TRY(check_blocks(as_text(pem)));
  auto material = read_key_material(pem);
  if (!material) {
    Error error = std::move(material).error();
    // A key that needs a passphrase says nothing about who asks.
    error.code = ErrorCode::malformed;
    return error;
  }
  TRY_ASSIGN(auto found, push_identities(*material));
  if (found.size() != 1) {
    return Error{ErrorCode::malformed, "several push certificates at once"};
  }
  if (material->keys.empty()) {
    return Error{ErrorCode::malformed, "no private key beside the certificate"};
  }
  if (!found.front().key) {
    return Error{ErrorCode::malformed, "the private key does not belong to the certificate",
                 "the key is the one made with the request that Apple signed"};
  }
  if (const std::string fault = push_fault(found.front(), now); !fault.empty()) {
    return Error{ErrorCode::malformed, fault, "renew it in Apple's push certificate portal"};
  }
  return std::move(found.front());
}

Result<PushCertificatePlan> write(const std::filesystem::path& directory, PushIdentity identity) {
  // What this server allows has been decided by what its devices hold.
  auto plan = store_push_certificate(directory, {std::move(identity)}, TopicChange::allow);
  if (plan || plan.error().code == ErrorCode::conflict ||
      plan.error().code == ErrorCode::malformed) {
    return plan;
  }
  // A file that may not be written says nothing about who asks, or for what.
  Error error = std::move(plan).error();
  error.code = ErrorCode::unavailable;
  return std::move(error)
      .while_doing("store the push certificate")
      .with_hint("the credentials directory must be writable for the user that the server runs as");
}

}  // namespace

Status PushCertificateService::check_place(const std::string& topic) const {
  if (options_.directory.empty()) {
    return Error{ErrorCode::conflict,
                 "this server has no credentials directory, and push certificates are never in the "
                 "database",
                 "start it with --credentials-dir, or set BRAMLEY_PUSH_CERT and BRAMLEY_PUSH_KEY"};
  }
  for (const PushCertificateState& state : credentials_.push_certificate_states()) {
    if (state.origin == CredentialOrigin::environment && state.certificate &&
        state.certificate->topic == topic) {
      return Error{ErrorCode::conflict,
                   "the push certificate of " + topic + " comes from the server's environment (" +
                       state.location + ")",
                   "renew it there, or unset the variable to use the credentials directory"};
    }
  }
  return {};
}

Status PushCertificateService::check_fleet(const std::string& topic) const {
  const auto held = credentials_.push_certificates();
  const bool renewal = std::any_of(held.begin(), held.end(), [&topic](const PushCertificate& each) {
    return each.topic == topic;
  });
  if (renewal || options_.topic_change == TopicChange::allow) {
    return {};
  }
  TRY_ASSIGN(const auto topics, enrollments_.topics_in_use());
  const EnrollmentStore::TopicUse* other = nullptr;
  for (const EnrollmentStore::TopicUse& use : topics) {
    if (use.enrolled > 0 && use.topic == topic) {
      return {};
    }
    if (use.enrolled > 0 && !use.topic.empty() && other == nullptr) {
      other = &use;
    }
  }
  if (other == nullptr) {
    return {};
  }
  return Error{ErrorCode::conflict,
               "its topic is " + topic + ", but " + std::to_string(other->enrolled) +
                   (other->enrolled == 1 ? " enrolled device holds " : " enrolled devices hold ") +
                   other->topic + " and would be lost",
               "in Apple's portal choose Renew, not Create, with the same Apple Account; to keep "
               "both topics, use `bramley push-cert import --allow-topic-change` on the server"};
}

Result<PushCertificate> PushCertificateService::store(ByteView pem) {
  TRY_ASSIGN(PushIdentity identity, read_pair(pem, clock_.now()));
  const PushCertificate stored{identity.topic, identity.certificate};
  TRY(check_place(stored.topic));
  TRY(check_fleet(stored.topic));
  TRY_ASSIGN(const PushCertificatePlan plan, write(options_.directory, std::move(identity)));
  if (plan.replaced && stored.certificate.not_after() <= plan.replaced->certificate.not_after() &&
      !plan.unchanged) {
    log_.warn(
        "the new push certificate expires no later than the old one",
        {{"topic", stored.topic}, {"not_after", format_rfc3339(stored.certificate.not_after())}});
  }
  credentials_.reload();
  const auto held = credentials_.push_certificates();
  const bool in_force = std::any_of(held.begin(), held.end(), [&stored](const auto& each) {
    return each.topic == stored.topic && each.certificate == stored.certificate;
  });
  if (!in_force) {
    return Error{ErrorCode::unavailable, "stored, but not in force",
                 "GET /api/v1/push-certificates and the log say why"};
  }
  return stored;
}

}  // namespace bramley
