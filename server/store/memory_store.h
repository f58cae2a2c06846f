#pragma once

#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "server/store/renewal_steps.h"
#include "server/store/store.h"

namespace bramley {

// Everything the memory store holds; the ports share it under one mutex. Private to the folder.
struct MemoryDatabase {
  struct EnrollmentRow {
    Enrollment enrollment;
    std::int64_t number;  // in the order they were first seen
    std::optional<SecretBytes> bootstrap_token = {};
    std::optional<SecretBytes> unlock_token = {};
    std::optional<SecretBytes> auth_token = {};
    std::string user_nonce = {};  // empty: none
    Timestamp user_nonce_expires_at = {};
    // Numbers of commands: never put off, by turn; and parked ones by their place.
    std::set<std::pair<std::int64_t, std::int64_t>> queue = {};
    std::map<std::int64_t, std::int64_t> parked = {};
    // Those of them that were put off since the last Idle.
    std::set<std::int64_t> held = {};
    std::optional<Timestamp> token_at = {};
    // How often they were delivered without an answer.
    std::map<std::int64_t, std::int64_t> unanswered = {};
    std::optional<Timestamp> identity_not_after = {};
    std::optional<Timestamp> renewal_due = {};
    Timestamp approved_until = {};
    std::optional<Fingerprint> approved_for = {};
    DeviceFacts facts = {};  // learnt; on a device's own
    std::optional<Timestamp> inventory_due = {};
    std::string inventory_asked = {};  // empty: never
  };
  struct CommandRow {
    Command command;
    CommandSummary summary;
    std::map<std::int64_t, CommandDelivery> deliveries;  // by the number of the enrollment
  };
  struct SettledRow {
    Timestamp settled_at;
    std::int64_t command;
    std::int64_t enrollment;
  };
  struct IssuedRow {
    IssuedCertificate issued;
    DeviceRestriction device;
  };

  mutable std::mutex mutex;
  std::map<std::string, EnrollmentRow> enrollments;
  std::int64_t last_enrollment = 0;
  std::map<std::int64_t, CommandRow> commands;  // by number, oldest first
  std::map<std::string, std::int64_t, std::less<>> command_numbers;
  std::map<std::int64_t, SettledRow> settled;  // oldest first
  std::vector<IssuedRow> issued;
  std::unordered_map<Fingerprint, std::size_t> issued_by_fingerprint;
  std::unordered_map<Fingerprint, std::string> bindings;
  std::unordered_map<Fingerprint, Revocation> revocations;
  std::unordered_map<Fingerprint, ChallengeTerms> challenges;
  std::map<std::int64_t, std::pair<Fingerprint, EnrollmentToken>> tokens;
  std::int64_t last_token = 0;
  struct PushRow {
    Timestamp due_at;
    std::int64_t ticket = 0;
    Timestamp pushed_at = {};
    std::int64_t sends = 0;
    std::int64_t failures = 0;
  };
  std::map<std::int64_t, PushRow> pushes;  // by the number of the enrollment
  FleetIdentity fleet;
  std::map<std::int64_t, RenewalRow> renewals;  // by the number of the enrollment
  // The order of bound certificates that were issued to renew an identity of the present
  // enrollment; and the enrollment whose renewal a challenge is for.
  std::unordered_map<Fingerprint, std::int64_t> renewal_orders;
  std::unordered_map<Fingerprint, std::int64_t> renewal_challenges;

  void order_push(const EnrollmentRow& row, const PushOrder& push, Timestamp now);
  // All of these want the mutex held.
  // Made if it is new.
  EnrollmentRow& row_of(const EnrollmentId& id);
  [[nodiscard]] bool has_binding(const std::string& device_id) const;
  // How many there were.
  std::int64_t clear_queue(EnrollmentRow& row, CommandState state, Timestamp now);
  // False: it does not wait.
  bool take_out(EnrollmentRow& row, std::int64_t command);
  // Stores a command for those.
  void queue_command(const Command& command, Timestamp now, const CommandTerms& terms,
                     const std::vector<EnrollmentRow*>& rows);
  void set_state(const EnrollmentRow& row, std::int64_t command, CommandState state);
  bool settle_unanswered(EnrollmentRow& row, std::int64_t command, CommandState state,
                         Timestamp now);
  // All answers of an enrollment, and the commands that nobody else was sent.
  void forget_deliveries(std::int64_t enrollment);
  void log_settled(const EnrollmentRow& row, std::int64_t command, Timestamp now);
  // The queues of the device and of its users.
  std::vector<EnrollmentRow*> family(const std::string& device_id);
  // As in sql_renewal_rows.h.
  [[nodiscard]] std::int64_t order_of(const std::optional<Fingerprint>& certificate) const;
  [[nodiscard]] bool renews(const EnrollmentRow& row, const Fingerprint& certificate) const;
  void adopt_identity(EnrollmentRow& row, const Fingerprint& certificate, Timestamp not_after,
                      Timestamp now);
  void end_renewals(EnrollmentRow& row, Timestamp now);
  void void_challenge(RenewalRow& row);
  bool bind_to_renewal(std::int64_t enrollment, const Fingerprint& challenge,
                       const Fingerprint& certificate, std::int64_t order);
  void inherit_renewal(const std::string& device_id, const Fingerprint& signer,
                       const Fingerprint& certificate, std::int64_t order, Timestamp now);
  void revoke_older(const EnrollmentRow& row, Timestamp now);
  // All that the device ever held but its present identity.
  void revoke_others(const EnrollmentRow& row, Timestamp now);
  void revoke_superseded(const Fingerprint& certificate, Timestamp now);
  EnrollmentRow* find_numbered(std::int64_t number);
  EnrollmentRow* find_row(const std::string& id);
  const EnrollmentRow* find_row(const std::string& id) const;
};

// What Authenticate says of a device, and what a TokenUpdate changes.
void describe_device(Enrollment& enrollment, const Authenticate& message);
void enable(Enrollment& enrollment, const TokenUpdate& message, Timestamp now);
bool matches(const Enrollment& enrollment, const EnrollmentFilter& filter);

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
  Status bind(const EnrollmentId& id, const Authenticate& message, const Fingerprint& certificate);
  // Made if it is new; wants the mutex held.
  Result<MemoryDatabase::EnrollmentRow*> row_for_token(const EnrollmentId& id);
  // The same for what comes from another server, which need not come in order.
  Result<MemoryDatabase::EnrollmentRow*> row_for_migration(const EnrollmentId& id);
  void take_token(MemoryDatabase::EnrollmentRow& row, const TokenUpdate& message, Timestamp now);
  MemoryDatabase& database_;
};

class MemoryCommands : public CommandQueue {
 public:
  explicit MemoryCommands(MemoryDatabase& database) : database_(database) {}
  Result<std::vector<Refusal>> enqueue(std::span<const std::string> enrollment_ids,
                                       const Command& command, Timestamp now,
                                       const CommandTerms& terms) override;
  Status finish_enqueueing() override { return {}; }
  Result<std::optional<Command>> settle_and_next(const CommandReport& report,
                                                 Timestamp now) override;
  Result<std::optional<CommandSummary>> find(std::string_view uuid) const override;
  Result<std::optional<Command>> command(std::string_view uuid) const override;
  Result<Page<CommandSummary>> list(const CommandFilter& filter,
                                    const PageRequest& page) const override;
  Result<Page<CommandDelivery>> results(std::string_view uuid, const PageRequest& page,
                                        std::int64_t largest_report,
                                        std::optional<CommandCount> status) const override;
  Result<std::vector<SettledDelivery>> settled(std::string_view uuid, std::int64_t after,
                                               std::size_t limit,
                                               std::int64_t largest_report) const override;
  Result<std::optional<CommandDelivery>> result(std::string_view uuid,
                                                std::string_view enrollment_id) const override;
  Result<Page<CommandDelivery>> queue(std::string_view enrollment_id,
                                      const PageRequest& page) const override;
  Result<std::int64_t> clear(std::string_view enrollment_id, Timestamp now) override;
  Result<std::int64_t> cancel(std::string_view uuid, std::string_view enrollment_id,
                              Timestamp now) override;
  Result<std::int64_t> expire(Timestamp now, std::int64_t limit) override;
  Result<std::int64_t> forget(const HistoryLimits& limits, Timestamp now,
                              std::int64_t limit) override;
  Status count_some(Census& census, std::int64_t rows) const override;

 private:
  void settle(MemoryDatabase::EnrollmentRow& row, const CommandReport& report, Timestamp now);
  // The number of what is offered next.
  std::optional<std::int64_t> next(MemoryDatabase::EnrollmentRow& row, bool with_parked,
                                   Timestamp now);
  void make_stuck(MemoryDatabase::EnrollmentRow& row, std::int64_t command);
  void push_later_or_never(MemoryDatabase::EnrollmentRow& row, Timestamp now);
  MemoryDatabase& database_;
};

class MemoryCertificates : public CertificateStore {
 public:
  explicit MemoryCertificates(MemoryDatabase& database) : database_(database) {}
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
  IssuedRecord record_of(const MemoryDatabase::IssuedRow& row) const;
  MemoryDatabase& database_;
};

class MemoryPushSchedule : public PushSchedule {
 public:
  explicit MemoryPushSchedule(MemoryDatabase& database) : database_(database) {}
  Result<std::vector<DuePush>> claim(Timestamp now, std::size_t limit, Timestamp lease_end,
                                     std::int64_t ticket) override;
  Status settle(std::span<const PushSettlement> settlements, Timestamp now) override;
  Result<std::optional<Timestamp>> next_due() const override;
  Result<std::vector<Result<DuePush>>> addresses(
      std::span<const std::string> enrollment_ids) const override;

 private:
  MemoryDatabase& database_;
};

}  // namespace bramley
