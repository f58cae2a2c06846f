#pragma once

#include <atomic>

#include "server/store/renewal_store.h"
#include "server/store/sql_context.h"

namespace bramley {

class SqlRenewals : public RenewalStore {
 public:
  explicit SqlRenewals(const SqlContext& context) : context_(context) {}
  Result<std::int64_t> open_expiring(Timestamp before, Timestamp now, std::int64_t limit) override;
  Result<Renewal> open(std::string_view device_id, Timestamp now) override;
  Result<std::optional<Renewal>> find(std::string_view device_id) const override;
  Result<Page<Renewal>> list(const RenewalFilter& filter, const PageRequest& page) const override;
  Result<RenewalCounts> count(Timestamp late_before) const override;
  // Takes up what other servers revoked, too: whoever calls this every second has no certificate in
  // its cache for long that is revoked.
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
  Status take_up_revocations(Timestamp now) const;

  const SqlContext& context_;
  // Until when that was done; seconds since 1970, 0: never.
  mutable std::atomic<std::int64_t> taken_up_until_ = 0;
};

}  // namespace bramley
