#include "server/service/scep_service.h"

#include <algorithm>

#include "server/service/scep_checks.h"

namespace bramley {
namespace {

constexpr std::string_view bad_challenge_text = "challenge refused";

// Attributes of strangers in a log line: bounded. (They are printable already.)
std::string for_log(std::string text) {
  constexpr std::size_t limit = 256;
  if (text.size() > limit) {
    text.resize(limit);
    text += "...";
  }
  return text;
}

Result<TrustStore> trust_in(const Certificate& ours, std::vector<Certificate> others) {
  others.insert(others.begin(), ours);
  return TrustStore::of(others);
}

}  // namespace

ScepService::ScepService(CertificateStore& certificates,
                         std::shared_ptr<LocalCertificateAuthority> authority, ScepPolicy policy,
                         const Clock& clock, Random& random, Log& log, Metrics& metrics)
    : certificates_(certificates),
      policy_(std::move(policy)),
      clock_(clock),
      random_(random),
      log_(log),
      metrics_(metrics) {
  set_authority(std::move(authority));
}

void ScepService::set_authority(std::shared_ptr<LocalCertificateAuthority> authority) {
  auto trust = trust_in(authority->certificate(), policy_.device_authorities);
  auto next = std::make_shared<const InForce>(InForce{std::move(authority), std::move(trust)});
  const std::lock_guard lock(mutex_);
  in_force_ = std::move(next);
}

std::shared_ptr<const ScepService::InForce> ScepService::in_force() const {
  const std::lock_guard lock(mutex_);
  return in_force_;
}

Certificate ScepService::authority_certificate() const {
  return in_force()->authority->certificate();
}

Result<Bytes> ScepService::revocation_list() {
  constexpr std::chrono::minutes kept{1};
  constexpr std::chrono::hours valid{24};
  const Timestamp now = clock_.now();
  const std::lock_guard lock(list_mutex_);
  if (list_.empty() || now >= list_made_at_ + kept || now < list_made_at_) {
    TRY_ASSIGN(const auto revocations, certificates_.revocations(now));
    TRY_ASSIGN(list_, make_revocation_list(*in_force()->authority, revocations,
                                           {.this_update = now, .next_update = now + valid}));
    list_made_at_ = now;
  }
  return list_;
}

Result<Bytes> ScepService::answer(ByteView pki_message, const ScepCaller& caller) {
  const Timestamp now = clock_.now();
  auto request = parse_scep_request(pki_message);
  if (!request) {
    metrics_.count(ScepOutcome::unreadable);
    log_.refusal(LogLevel::info, "SCEP message not readable", caller.peer,
                 {{"cause", for_log(request.error().message)},
                  {"trace_id", caller.trace_id},
                  {"peer", caller.peer}});
    return std::move(request).error();
  }
  // One CA from here to the end, even where it is renewed meanwhile.
  const std::shared_ptr<const InForce> ours = in_force();
  const Question question{*request, caller, now, *ours};
  auto decision = decide(question);
  if (!decision) {
    metrics_.count(ScepOutcome::failed);
    log_.error("SCEP request failed", {{"transaction_id", request->transaction_id},
                                       {"cause", decision.error().message},
                                       {"trace_id", caller.trace_id},
                                       {"peer", caller.peer}});
    return std::move(decision).error();
  }
  if (auto* reply = std::get_if<Bytes>(&*decision)) {
    return std::move(*reply);
  }
  const auto& refusal = std::get<ScepRefusal>(*decision);
  metrics_.count(refusal.text == bad_challenge_text ? ScepOutcome::refused_challenge
                                                    : ScepOutcome::refused);
  log_refused(question, refusal);
  return make_scep_failure(*request, refusal.fail_info, refusal.text, responder(question));
}

Result<ScepService::Decision> ScepService::decide(const Question& question) {
  const ScepRequest& request = question.request;
  if (auto refusal = check_scep_outside(request, question.now, policy_.clock_tolerance)) {
    return Decision(*std::move(refusal));
  }
  switch (request.type) {
    case ScepMessageType::pkcs_req:
    case ScepMessageType::renewal_req:
    case ScepMessageType::update_req:
      return enroll(question);
    case ScepMessageType::cert_poll:
      return poll(question);
    case ScepMessageType::get_cert:
      return Decision(refuse_scep(ScepFailInfo::bad_cert_id, "certificates are not handed out"));
    case ScepMessageType::get_crl:
      return Decision(refuse_scep(ScepFailInfo::bad_request, "CRLs are not handed out"));
    case ScepMessageType::cert_rep:
      break;
  }
  return Decision(refuse_scep(ScepFailInfo::bad_request, "message type not supported"));
}

Result<ScepService::Decision> ScepService::enroll(const Question& question) {
  const ScepRequest& request = question.request;
  auto opened = open_scep_content(request, *question.ours.authority, policy_.single_des);
  if (auto* refusal = std::get_if<ScepRefusal>(&opened)) {
    return Decision(std::move(*refusal));
  }
  const auto& content = std::get<ScepContent>(opened);
  const CertificateRequest& csr = *content.request;
  if (auto refusal = check_scep_csr(csr, policy_.min_key_bits)) {
    return Decision(*std::move(refusal));
  }
  const Bytes key = csr.public_key_der();
  const Application application{question, csr, content.cipher, sha256(key)};
  TRY_ASSIGN(const auto identity, current_identity(question));
  if (!identity) {
    if (auto refusal = check_scep_newcomer(request, key)) {
      return Decision(*std::move(refusal));
    }
  }
  TRY_ASSIGN(const auto earlier, find_reply(question, application.key));
  // Who signs with the certificate it would get has not lost it, and wants the next one.
  if (earlier && *earlier != request.message.signer()) {
    return repeat(*earlier, question, content.cipher);
  }
  if (identity) {
    return issue(application, {identity->fingerprint, std::nullopt, identity->device});
  }
  TRY_ASSIGN(auto permission, permit_first(application));
  if (auto* refusal = std::get_if<ScepRefusal>(&permission)) {
    // The challenge may have been spent since we looked, by this very request, sent twice at once.
    TRY_ASSIGN(const auto meanwhile, find_reply(question, application.key));
    return meanwhile ? reply_with(*meanwhile, question, content.cipher)
                     : Result<Decision>(std::move(*refusal));
  }
  return issue(application, std::get<Permission>(permission));
}

// Renewal is decided here, by whose certificate signed, and not by the message type: Apple renews
// with PKCSReq (scep-dep trap 5). What was issued elsewhere (by an earlier server with our CA, by a
// CA of --device-ca) counts from when a device has enrolled with it: else the device would be lost
// with its certificate.
Result<std::optional<ScepService::Identity>> ScepService::current_identity(
    const Question& question) const {
  TRY_ASSIGN(const TrustStore trust, Result<TrustStore>(question.ours.trust));
  const Certificate& signer = question.request.message.signer();
  const bool is_good = trust.verify(signer, question.now).has_value();
  if (!is_good && !ended_within_grace(trust, signer, question.now)) {
    return std::optional<Identity>();
  }
  TRY_ASSIGN(auto record, certificates_.find_record(signer.fingerprint()));
  if (record && record->revoked_at) {
    return std::optional<Identity>();
  }
  if (record && is_good) {
    return std::optional(Identity{record->fingerprint, std::move(record->device)});
  }
  TRY_ASSIGN(const auto bound, certificates_.device_of(signer.fingerprint()));
  if (!bound) {
    return std::optional<Identity>();
  }
  return std::optional(
      Identity{signer.fingerprint(), record ? std::move(record->device) : DeviceRestriction{}});
}

bool ScepService::ended_within_grace(const TrustStore& trust, const Certificate& signer,
                                     Timestamp now) const {
  if (policy_.identity_grace.count() <= 0) {
    return false;
  }
  const auto then = last_moment(signer, now, policy_.identity_grace);
  return then && trust.verify(signer, *then);
}

Result<std::variant<ScepService::Permission, ScepRefusal>> ScepService::permit_first(
    const Application& application) const {
  using Permit = std::variant<Permission, ScepRefusal>;
  const auto offered = application.csr.challenge_password();
  if (!offered || offered->empty()) {
    return Permit(refuse_scep(ScepFailInfo::bad_request, bad_challenge_text, "no challenge"));
  }
  const Fingerprint hash = sha256(offered->reveal());
  if (policy_.static_challenge &&
      equal_constant_time(hash.bytes, policy_.static_challenge->bytes)) {
    return Permit(Permission{});
  }
  auto terms = certificates_.check_challenge(hash, application.question.now);
  if (terms) {
    return Permit(Permission{std::nullopt, hash, terms->device});
  }
  if (terms.error().code == ErrorCode::unauthenticated) {
    return Permit(
        ScepRefusal{ScepFailInfo::bad_request, bad_challenge_text, std::move(terms).error()});
  }
  return std::move(terms).error();
}

Result<ScepService::Decision> ScepService::issue(const Application& application,
                                                 const Permission& permission) {
  auto certificate = sign(application);
  if (!certificate) {
    if (certificate.error().code == ErrorCode::malformed) {
      return Decision(ScepRefusal{ScepFailInfo::bad_request, "request cannot be certified",
                                  std::move(certificate).error()});
    }
    return std::move(certificate).error();
  }
  // The reply first: a certificate that cannot be handed over must not be recorded.
  const Question& question = application.question;
  TRY_ASSIGN(auto reply, reply_with(*certificate, question, application.cipher));
  auto recorded =
      certificates_.record_issued({*certificate, question.request.transaction_id, application.key,
                                   question.now, permission.renewed_from, permission.device},
                                  permission.challenge, question.now);
  if (recorded) {
    metrics_.count(permission.renewed_from ? ScepOutcome::renewed : ScepOutcome::issued);
    log_issued(application, permission, *certificate);
    return reply;
  }
  if (recorded.error().code != ErrorCode::unauthenticated) {
    return std::move(recorded).error();
  }
  // The challenge was spent meanwhile: perhaps by this very request, sent twice at once.
  TRY_ASSIGN(const auto earlier, find_reply(question, application.key));
  if (earlier) {
    return repeat(*earlier, question, application.cipher);
  }
  return Decision(
      ScepRefusal{ScepFailInfo::bad_request, bad_challenge_text, std::move(recorded).error()});
}

Result<Certificate> ScepService::sign(const Application& application) const {
  const Timestamp now = application.question.now;
  LocalCertificateAuthority& authority = *application.question.ours.authority;
  const Timestamp end = authority.certificate().not_after();
  if (end <= now) {
    return Error{ErrorCode::internal,
                 "issue certificate: the SCEP CA expired on " + format_rfc3339(end)};
  }
  IssueTerms terms;
  terms.not_before = now - policy_.backdate;
  terms.not_after = std::min<Timestamp>(now + policy_.validity, end);
  terms.serial = random_serial(random_);
  terms.subject_alternative_names = application.csr.subject_alternative_names();
  return authority.issue(application.csr, terms);
}

// The client asks again after a PENDING, or after a reply that it lost (RFC 8894 §3.3.3). The
// signer is the one that requested: the same transaction and the same key.
Result<ScepService::Decision> ScepService::poll(const Question& question) {
  const ScepRequest& request = question.request;
  auto opened = open_scep_content(request, *question.ours.authority, policy_.single_des);
  if (auto* refusal = std::get_if<ScepRefusal>(&opened)) {
    return Decision(std::move(*refusal));
  }
  const Fingerprint key = sha256(request.message.signer().public_key_der());
  TRY_ASSIGN(const auto issued, find_reply(question, key));
  if (!issued) {
    return Decision(refuse_scep(ScepFailInfo::bad_cert_id, "nothing was issued for this"));
  }
  return repeat(*issued, question, std::get<ScepContent>(opened).cipher);
}

Result<std::optional<Certificate>> ScepService::find_reply(const Question& question,
                                                           const Fingerprint& key) const {
  return certificates_.find_issued(question.request.transaction_id, key,
                                   question.now - policy_.replay_window);
}

Result<ScepService::Decision> ScepService::reply_with(const Certificate& certificate,
                                                      const Question& question,
                                                      ContentCipher cipher) const {
  TRY_ASSIGN(Bytes reply,
             make_scep_success(question.request, certificate, cipher, responder(question)));
  return Decision(std::move(reply));
}

Result<ScepService::Decision> ScepService::repeat(const Certificate& certificate,
                                                  const Question& question,
                                                  ContentCipher cipher) const {
  auto reply = reply_with(certificate, question, cipher);
  if (reply) {
    metrics_.count(ScepOutcome::repeated);
  }
  return reply;
}

ScepResponder ScepService::responder(const Question& question) const {
  return {*question.ours.authority, policy_.single_des, question.now, random_};
}

void ScepService::log_refused(const Question& question, const ScepRefusal& refusal) const {
  const ScepRequest& request = question.request;
  log_.refusal(LogLevel::warn, "SCEP request refused", question.caller.peer,
               {{"transaction_id", request.transaction_id},
                {"message_type", std::to_string(static_cast<int>(request.type))},
                {"signer", for_log(request.message.signer().subject())},
                {"fail_info", std::to_string(static_cast<int>(refusal.fail_info))},
                {"cause", for_log(refusal.error.message)},
                {"trace_id", question.caller.trace_id},
                {"peer", question.caller.peer}});
}

void ScepService::log_issued(const Application& application, const Permission& permission,
                             const Certificate& certificate) const {
  log_.info("SCEP certificate issued",
            {{"transaction_id", application.question.request.transaction_id},
             {"subject", for_log(certificate.subject())},
             {"serial", certificate.serial_hex()},
             {"fingerprint", certificate.fingerprint().hex()},
             {"not_after", format_rfc3339(certificate.not_after())},
             {"renewed_from", permission.renewed_from ? permission.renewed_from->hex() : ""},
             {"trace_id", application.question.caller.trace_id},
             {"peer", application.question.caller.peer}});
}

}  // namespace bramley
