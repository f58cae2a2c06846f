#include "server/service/enrollment_profile_service.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mdm/enrollment_profile.h"

namespace bramley {
namespace {

constexpr std::size_t secret_size = 24;
constexpr std::size_t token_id_size = 8;
constexpr std::chrono::hours redeemed_challenge_ttl{1};

SecretBytes make_secret(Random& random) {
  return SecretBytes{std::string_view(random_token(random, secret_size))};
}

Fingerprint stored_form(const SecretBytes& secret) {
  return sha256(secret.reveal());
}

}  // namespace

Result<OneTimeChallenge> EnrollmentProfileService::make_challenge(std::chrono::seconds ttl,
                                                                  const DeviceRestriction& device) {
  const Timestamp now = clock_.now();
  OneTimeChallenge made{make_secret(random_), now + ttl};
  TRY(store_.add_challenge(stored_form(made.challenge), {made.expires_at, device}, now));
  return made;
}

Result<Bytes> EnrollmentProfileService::make_profile(const ProfileRequest& request,
                                                     std::chrono::seconds ttl) {
  const Timestamp now = clock_.now();
  SecretBytes challenge = make_secret(random_);
  const Fingerprint stored = stored_form(challenge);
  // First the profile: a challenge that nobody gets to see must not lie in the store.
  TRY_ASSIGN(auto profile, profile_with(request, std::move(challenge)));
  TRY(store_.add_challenge(stored, {now + ttl, request.device}, now));
  return profile;
}

Result<RenewalProfile> EnrollmentProfileService::make_renewal_profile(const std::string& topic) {
  SecretBytes challenge = make_secret(random_);
  const Fingerprint stored = stored_form(challenge);
  ProfileRequest request;
  request.topic = topic;
  TRY_ASSIGN(auto profile, profile_with(request, std::move(challenge)));
  return RenewalProfile{std::move(profile), stored};
}

Result<NewEnrollmentToken> EnrollmentProfileService::make_token(const EnrollmentTokenTerms& terms) {
  const Timestamp now = clock_.now();
  NewEnrollmentToken made;
  made.token.id = encode_hex(random_bytes(random_, token_id_size));
  made.token.note = terms.note;
  made.token.created_at = now;
  made.token.expires_at = now + terms.ttl;
  made.token.max_uses = terms.max_uses;
  made.token.device = terms.device;
  made.secret = make_secret(random_);
  made.url = options_.url + "/enroll/" + std::string(made.secret.reveal_text());
  TRY(store_.add_enrollment_token(stored_form(made.secret), made.token));
  return made;
}

Result<Bytes> EnrollmentProfileService::redeem_token(std::string_view secret,
                                                     std::string_view topic) {
  const Timestamp now = clock_.now();
  SecretBytes challenge = make_secret(random_);
  const Fingerprint stored = stored_form(challenge);
  ProfileRequest request;
  request.topic = topic;
  // First the profile: a token must not be spent on an error of ours.
  TRY_ASSIGN(auto profile, profile_with(request, std::move(challenge)));
  TRY(store_.redeem_enrollment_token(sha256(as_bytes(secret)), stored, now + redeemed_challenge_ttl,
                                     now));
  return profile;
}

Result<std::string> EnrollmentProfileService::choose_topic(std::string_view wanted) const {
  const std::vector<PushCertificate> certificates = credentials_.push_certificates();
  if (!wanted.empty()) {
    const bool known =
        std::any_of(certificates.begin(), certificates.end(),
                    [wanted](const PushCertificate& each) { return each.topic == wanted; });
    if (!known) {
      return Error{ErrorCode::not_found, "no push certificate has the topic that was asked for"};
    }
    return std::string(wanted);
  }
  if (certificates.size() == 1) {
    return certificates.front().topic;
  }
  if (!certificates.empty()) {
    return Error{ErrorCode::conflict, "there are several push certificates",
                 "choose one by its topic"};
  }
  if (options_.allow_empty_topic) {
    return std::string();
  }
  return Error{ErrorCode::conflict, "there is no push certificate, so devices have no topic",
               "import one with `bramley push-cert import`, or try things out with "
               "`bramley serve --allow-empty-topic`"};
}

Result<Bytes> EnrollmentProfileService::profile_with(const ProfileRequest& request,
                                                     SecretBytes challenge) const {
  const auto authority = credentials_.scep_authority();
  if (!options_.scep || authority == nullptr) {
    return Error{ErrorCode::conflict, "SCEP is off, so a profile cannot get a device its identity",
                 "start the server with `--scep on` and a SCEP CA"};
  }
  EnrollmentProfileTerms terms;
  TRY_ASSIGN(terms.topic, choose_topic(request.topic));
  terms.allow_empty_topic = options_.allow_empty_topic;
  terms.organization = request.organization.empty() ? options_.organization : request.organization;
  terms.server_url = options_.url;
  terms.mdm_path = options_.mdm_path;
  terms.scep_challenge = std::move(challenge);
  terms.scep_ca = authority->certificate();
  terms.tls_roots = options_.tls_roots;
  return make_enrollment_profile(terms);
}

}  // namespace bramley
