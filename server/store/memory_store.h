#pragma once

#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "server/store/store.h"

namespace bramley {

// Everything the memory store holds; the ports share it under one mutex. Private to the folder.
struct MemoryDatabase {
  struct EnrollmentRow {
    Enrollment enrollment;
    std::int64_t number;  // in the order they were first seen
    std::optional<SecretBytes> bootstrap_token = {};
    std::optional<SecretBytes> unlock_token = {};
    // Numbers of commands: never put off; and parked ones by their place.
    std::set<std::int64_t> queue = {};
    std::map<std::int64_t, std::int64_t> parked = {};
    // Those of them that were put off since the last Idle.
    std::set<std::int64_t> held = {};
  };
  struct CommandRow {
    Command command;
    Timestamp created_at;
    std::map<std::int64_t, CommandDelivery> deliveries;  // by the number of the enrollment
  };
  struct IssuedRow {
    IssuedCertificate issued;
    DeviceRestriction device;
  };

  mutable std::mutex mutex;
  std::map<std::string, EnrollmentRow> enrollments;
  std::map<std::int64_t, CommandRow> commands;  // by number, oldest first
  std::map<std::string, std::int64_t, std::less<>> command_numbers;
  std::vector<IssuedRow> issued;
  std::unordered_map<Fingerprint, std::size_t> issued_by_fingerprint;
  std::unordered_map<Fingerprint, std::string> bindings;
  std::unordered_map<Fingerprint, ChallengeTerms> challenges;
  std::map<std::int64_t, std::pair<Fingerprint, EnrollmentToken>> tokens;
  std::int64_t last_token = 0;
  FleetIdentity fleet;

  // The next five want the mutex held.
  // Made if it is new.
  EnrollmentRow& row_of(const EnrollmentId& id);
  void clear_queue(EnrollmentRow& row);
  // The queues of the device and of its users.
  std::vector<EnrollmentRow*> family(const std::string& device_id);
  EnrollmentRow* find_row(const std::string& id);
  const EnrollmentRow* find_row(const std::string& id) const;
};

class MemoryEnrollments : public EnrollmentStore {
 public:
  explicit MemoryEnrollments(MemoryDatabase& database) : database_(database) {}
  Status begin_enrollment(const EnrollmentId& id, const Authenticate& message, ByteView raw,
                          const DeviceIdentity& identity, Timestamp now) override;
  Status update_push_token(const EnrollmentId& id, const TokenUpdate& message, ByteView raw,
                           Timestamp now) override;
  Status end_enrollment(const EnrollmentId& id, Timestamp now) override;
  Status set_bootstrap_token(const EnrollmentId& id, std::optional<SecretBytes> token,
                             Timestamp now) override;
  Result<std::optional<SecretBytes>> bootstrap_token(const EnrollmentId& id) const override;
  Result<std::optional<SecretBytes>> unlock_token(const EnrollmentId& id) const override;
  void note_seen(const EnrollmentId& id, Timestamp now) override;
  Result<std::optional<Enrollment>> find(std::string_view id) const override;
  Result<Page<Enrollment>> list(const EnrollmentFilter& filter,
                                const PageRequest& page) const override;
  Result<std::vector<TopicUse>> topics_in_use() const override;

 private:
  Status bind(const EnrollmentId& id, const Authenticate& message, const Fingerprint& certificate);
  MemoryDatabase& database_;
};

class MemoryCommands : public CommandQueue {
 public:
  explicit MemoryCommands(MemoryDatabase& database) : database_(database) {}
  Result<std::vector<Refusal>> enqueue(std::span<const std::string> enrollment_ids,
                                       const Command& command, Timestamp now) override;
  Result<std::optional<Command>> settle_and_next(const CommandReport& report,
                                                 Timestamp now) override;
  Result<std::optional<CommandSummary>> find(std::string_view uuid) const override;
  Result<std::optional<Command>> command(std::string_view uuid) const override;
  Result<Page<CommandSummary>> list(const CommandFilter& filter,
                                    const PageRequest& page) const override;
  Result<Page<CommandDelivery>> results(std::string_view uuid,
                                        const PageRequest& page) const override;
  Result<Page<CommandDelivery>> queue(std::string_view enrollment_id,
                                      const PageRequest& page) const override;
  Status count_some(Census& census, std::int64_t rows) const override;
  Status clear(std::string_view enrollment_id, Timestamp now) override;

 private:
  void settle(MemoryDatabase::EnrollmentRow& row, const CommandReport& report, Timestamp now);
  MemoryDatabase& database_;
};

class MemoryCertificates : public CertificateStore {
 public:
  explicit MemoryCertificates(MemoryDatabase& database) : database_(database) {}
  Result<std::optional<std::string>> device_of(const Fingerprint& certificate) const override;
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
  Status add_enrollment_token(const Fingerprint& secret, const EnrollmentToken& token) override;
  Status redeem_enrollment_token(const Fingerprint& secret, const Fingerprint& challenge,
                                 Timestamp challenge_expires_at, Timestamp now) override;
  Result<Page<EnrollmentToken>> list_enrollment_tokens(const PageRequest& page) const override;
  Status delete_enrollment_token(std::string_view id) override;
  Result<std::int64_t> sweep(Timestamp now, std::int64_t limit) override;

 private:
  IssuedRecord record_of(const MemoryDatabase::IssuedRow& row) const;
  MemoryDatabase& database_;
};

}  // namespace bramley
