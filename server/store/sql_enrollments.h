#pragma once

#include "server/store/enrollment_store.h"
#include "server/store/sql_context.h"

namespace bramley {

class SqlEnrollments : public EnrollmentStore {
 public:
  explicit SqlEnrollments(const SqlContext& context) : context_(context) {}
  Status begin_enrollment(const EnrollmentId& id, const Authenticate& message, ByteView raw,
                          const DeviceIdentity& identity, Timestamp now) override;
  Status update_push_token(const EnrollmentId& id, const TokenUpdate& message, ByteView raw,
                           Timestamp now) override;
  Status end_enrollment(const EnrollmentId& id, Timestamp now) override;
  Status set_bootstrap_token(const EnrollmentId& id, std::optional<SecretBytes> token,
                             Timestamp now) override;
  Result<std::optional<SecretBytes>> bootstrap_token(const EnrollmentId& id) const override;
  Result<std::optional<SecretBytes>> unlock_token(const EnrollmentId& id) const override;
  Status challenge_user(const EnrollmentId& id, const UserChallenge& challenge) override;
  Result<std::optional<std::string>> user_nonce(const EnrollmentId& id,
                                                Timestamp now) const override;
  Status spend_user_nonce(const EnrollmentId& id, const std::string& nonce) override;
  Result<std::optional<SecretBytes>> auth_token(const EnrollmentId& id) const override;
  Result<Migrated> migrate_device(const EnrollmentId& id, const Authenticate& message, ByteView raw,
                                  Timestamp now) override;
  Result<Migrated> migrate_push_token(const EnrollmentId& id, const TokenUpdate& message,
                                      ByteView raw, Timestamp now) override;
  Result<Migrated> migrate_bootstrap_token(const EnrollmentId& id,
                                           std::optional<SecretBytes> token) override;
  Status remove(std::string_view id, Timestamp now) override;
  Status set_dismissal(std::string_view device_id, Dismissal dismissal) override;
  Result<Dismissal> dismissal(std::string_view device_id) const override;
  void note_seen(const EnrollmentId& id, Timestamp now) override;
  Result<std::optional<Enrollment>> find(std::string_view id) const override;
  Result<Page<Enrollment>> list(const EnrollmentFilter& filter,
                                const PageRequest& page) const override;
  Result<std::vector<TopicUse>> topics_in_use() const override;

 private:
  void forget_bindings(const Status& committed, const std::vector<Fingerprint>& revoked);
  const SqlContext& context_;
};

}  // namespace bramley
