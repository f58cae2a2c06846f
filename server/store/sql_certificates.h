#pragma once

#include "server/store/certificate_store.h"
#include "server/store/sql_context.h"

namespace bramley {

class SqlCertificates : public CertificateStore {
 public:
  explicit SqlCertificates(const SqlContext& context) : context_(context) {}
  Result<std::optional<std::string>> device_of(const Fingerprint& certificate) const override;
  Status bind_first(const Fingerprint& certificate, const std::string& device_id) override;
  Status add_challenge(const Fingerprint& challenge, const ChallengeTerms& terms,
                       Timestamp now) override;
  Result<ChallengeTerms> check_challenge(const Fingerprint& challenge,
                                         Timestamp now) const override;
  Status record_issued(const IssuedCertificate& issued, const std::optional<Fingerprint>& challenge,
                       Timestamp now) override;
  Result<std::optional<Certificate>> find_issued(std::string_view transaction_id,
                                                 const Fingerprint& public_key,
                                                 Timestamp since) const override;
  Result<std::optional<IssuedRecord>> find_record(const Fingerprint& certificate) const override;
  Result<Page<IssuedRecord>> list_issued(std::string_view device_id,
                                         const PageRequest& page) const override;
  Result<std::int64_t> count_issued() const override;
  Status revoke(const Fingerprint& certificate, RevocationReason reason, Timestamp now) override;
  Result<std::vector<Revocation>> revocations(Timestamp now) const override;
  Status add_enrollment_token(const Fingerprint& secret, const EnrollmentToken& token) override;
  Status redeem_enrollment_token(const Fingerprint& secret, const Fingerprint& challenge,
                                 Timestamp challenge_expires_at, Timestamp now) override;
  Result<Page<EnrollmentToken>> list_enrollment_tokens(const PageRequest& page) const override;
  Status delete_enrollment_token(std::string_view id) override;
  Result<std::int64_t> sweep(Timestamp now, std::int64_t limit) override;

 private:
  const SqlContext& context_;
};

}  // namespace bramley
