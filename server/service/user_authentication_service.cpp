#include "server/service/user_authentication_service.h"

#include "core/base/file.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

constexpr std::chrono::minutes challenge_lifetime(10);
constexpr std::size_t nonce_bytes = 24;
constexpr std::size_t token_bytes = 32;

Result<CheckinReply> reply_with(std::string_view key, const std::string& value) {
  PlistDictionary reply;
  reply.set(std::string(key), value);
  TRY_ASSIGN(auto plist, write_plist_xml(reply));
  return CheckinReply{CheckinReply::Kind::body, std::move(plist)};
}

}  // namespace

Result<DigestUsers> load_digest_users(const std::filesystem::path& file) {
  const auto content = read_file(file);
  if (!content) {
    return Error(content.error()).while_doing("read --users-file");
  }
  auto users = parse_digest_users(as_text(*content));
  return users ? std::move(users)
               : std::move(users).error().while_doing("read --users-file " + file.string());
}

void UserAuthenticationService::set_users(DigestUsers users) {
  auto made = std::make_shared<const DigestUsers>(std::move(users));
  const std::lock_guard lock(mutex_);
  users_ = std::move(made);
}

std::shared_ptr<const DigestUsers> UserAuthenticationService::users() const {
  const std::lock_guard lock(mutex_);
  return users_;
}

Result<CheckinReply> UserAuthenticationService::check_in(const DeviceIdentity& device,
                                                         const CheckinMessage& message) {
  if (const auto* const body = std::get_if<UserAuthenticate>(&message.body)) {
    return authenticate(message.enrollment, *body);
  }
  TRY(require_token(message.enrollment, message.auth_token));
  return next_.check_in(device, message);
}

Result<ReportReply> UserAuthenticationService::report(const DeviceIdentity& device,
                                                      const CommandReport& report) {
  TRY(require_token(report.enrollment, report.auth_token));
  return next_.report(device, report);
}

Result<CheckinReply> UserAuthenticationService::authenticate(const EnrollmentId& user,
                                                             const UserAuthenticate& body) {
  if (user.is_device_channel()) {
    return Error{ErrorCode::malformed, "UserAuthenticate from a device channel"};
  }
  const auto users = this->users();
  if (!users) {
    return body.digest_response.empty() ? reply_with("DigestChallenge", "")
                                        : Result<CheckinReply>(CheckinReply{});
  }
  return body.digest_response.empty() ? challenge(user, *users)
                                      : admit(user, body.digest_response, *users);
}

Result<CheckinReply> UserAuthenticationService::challenge(const EnrollmentId& user,
                                                          const DigestUsers& users) {
  UserChallenge challenge{random_token(random_, nonce_bytes), clock_.now() + challenge_lifetime,
                          SecretBytes(random_token(random_, token_bytes))};
  TRY(enrollments_.challenge_user(user, challenge));
  return reply_with("DigestChallenge", digest_challenge(users.realm, challenge.nonce));
}

Result<CheckinReply> UserAuthenticationService::admit(const EnrollmentId& user,
                                                      const std::string& response,
                                                      const DigestUsers& users) {
  TRY_ASSIGN(const auto nonce, enrollments_.user_nonce(user, clock_.now()));
  auto name = nonce ? verify_digest_response(response, *nonce, users)
                    : Result<std::string>(
                          Error{ErrorCode::unauthenticated, "no challenge is open, or it expired"});
  if (!name) {
    log_.warn("user not authenticated",
              {{"enrollment", user.value()}, {"cause", name.error().message}});
    return reply_with("AuthToken", "");
  }
  TRY(enrollments_.spend_user_nonce(user, *nonce));
  TRY_ASSIGN(const auto token, enrollments_.auth_token(user));
  if (!token) {
    return Error{ErrorCode::conflict,
                 "authenticate " + user.value() + ": enrolled afresh meanwhile"};
  }
  log_.info("user authenticated", {{"enrollment", user.value()}, {"user", *name}});
  return reply_with("AuthToken", std::string(token->reveal_text()));
}

Status UserAuthenticationService::require_token(const EnrollmentId& id,
                                                const std::optional<Fingerprint>& token) const {
  if (id.is_device_channel() || !this->users()) {
    return {};
  }
  TRY_ASSIGN(const auto earned, enrollments_.auth_token(id));
  if (earned && (!token || *token != sha256(earned->reveal()))) {
    return Error{
        ErrorCode::unauthenticated,
        "the AuthToken of " + id.value() + (token ? " is not the one it earned" : " is missing")};
  }
  return {};
}

}  // namespace bramley
