#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/crypto/digest_authentication.h"
#include "server/service/mdm_service.h"
#include "server/store/enrollment_store.h"

namespace bramley {

// Reads a users file (core/crypto/digest_authentication.h); errors name it.
Result<DigestUsers> load_digest_users(const std::filesystem::path& file);

// What UserAuthenticate is answered; declining is EnrollmentService's own way.
//   empty: a zero-length DigestChallenge, then nothing: users need not prove anything.
//   digest: a challenge, then an AuthToken for the right answer and an empty one for a wrong answer
//   (Apple, "User Authenticate"). From the challenge on, every message of that user must carry the
//   token that it earned.
class UserAuthenticationService : public MdmService {
 public:
  // `users`: for digest; without it, empty.
  UserAuthenticationService(MdmService& next, EnrollmentStore& enrollments,
                            std::optional<DigestUsers> users, const Clock& clock, Random& random,
                            Log& log)
      : next_(next),
        enrollments_(enrollments),
        users_(users ? std::make_shared<const DigestUsers>(*std::move(users)) : nullptr),
        clock_(clock),
        random_(random),
        log_(log) {}

  // From the next message on these are the users, also for challenges that are open. Safe while
  // messages come.
  void set_users(DigestUsers users);

  Result<CheckinReply> check_in(const DeviceIdentity& device,
                                const CheckinMessage& message) override;
  Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) override;

 private:
  Result<CheckinReply> authenticate(const EnrollmentId& user, const UserAuthenticate& body);
  Result<CheckinReply> challenge(const EnrollmentId& user, const DigestUsers& users);
  Result<CheckinReply> admit(const EnrollmentId& user, const std::string& response,
                             const DigestUsers& users);
  [[nodiscard]] std::shared_ptr<const DigestUsers> users() const;
  // unauthenticated: the user was challenged, and this is not its token.
  Status require_token(const EnrollmentId& id, const std::optional<Fingerprint>& token) const;

  MdmService& next_;
  EnrollmentStore& enrollments_;
  mutable std::mutex mutex_;                  // of users_
  std::shared_ptr<const DigestUsers> users_;  // null: empty
  const Clock& clock_;
  Random& random_;
  Log& log_;
};

}  // namespace bramley
