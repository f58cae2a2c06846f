#pragma once

#include "server/store/memory_store.h"

namespace bramley {

// Renewals in memory, under the database's mutex.
class MemoryRenewals : public RenewalStore {
 public:
  explicit MemoryRenewals(MemoryDatabase& database) : database_(database) {}
  Result<std::int64_t> open_expiring(Timestamp before, Timestamp now, std::int64_t limit) override;
  Result<Renewal> open(std::string_view device_id, Timestamp now) override;
  Result<std::optional<Renewal>> find(std::string_view device_id) const override;
  Result<Page<Renewal>> list(const RenewalFilter& filter, const PageRequest& page) const override;
  Result<RenewalCounts> count(Timestamp late_before) const override;
  Result<std::vector<Renewal>> due(Timestamp now, std::size_t limit) const override;
  Result<bool> change(const Renewal& from, const RenewalChange& change) override;
  Result<bool> acknowledge(const Renewal& from, Timestamp now, Timestamp look_again) override;
  Result<bool> retire(const Renewal& from, Timestamp now) override;
  Status deliver(std::string_view device_id, std::string_view command_uuid,
                 const Fingerprint& challenge, Timestamp challenge_expires_at,
                 Timestamp now) override;
  Status note_uses(std::span<const IdentityUse> uses) override;
  Result<IdentityClaim> judge(std::string_view device_id,
                              const Fingerprint& certificate) const override;
  Status approve(std::string_view device_id, Timestamp until) override;
  Result<bool> use_approval(std::string_view device_id, const Fingerprint& certificate,
                            Timestamp now) override;

 private:
  // All of these want the mutex held.
  void begin(MemoryDatabase::EnrollmentRow& row, RenewalOrigin origin, Timestamp now);
  RenewalRow* find_of(std::string_view device_id);
  RenewalRow* unchanged(const Renewal& from);
  // As it is told outside.
  [[nodiscard]] Renewal told(std::int64_t enrollment, const RenewalRow& row) const;

  MemoryDatabase& database_;
};

}  // namespace bramley
