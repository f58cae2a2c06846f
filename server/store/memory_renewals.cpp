#include "server/store/memory_renewals.h"

#include <algorithm>
#include <map>

#include "server/store/page_cursor.h"
#include "server/store/restriction.h"
#include "server/store/store_errors.h"

namespace bramley {

MemoryDatabase::EnrollmentRow* MemoryDatabase::find_numbered(std::int64_t number) {
  const auto found = std::find_if(enrollments.begin(), enrollments.end(),
                                  [&](const auto& entry) { return entry.second.number == number; });
  return found == enrollments.end() ? nullptr : &found->second;
}

std::int64_t MemoryDatabase::order_of(const std::optional<Fingerprint>& certificate) const {
  const auto found = certificate ? renewal_orders.find(*certificate) : renewal_orders.end();
  return found == renewal_orders.end() ? 0 : found->second;
}

void MemoryDatabase::void_challenge(RenewalRow& row) {
  if (const auto challenge = Fingerprint::from_hex(row.challenge)) {
    challenges.erase(*challenge);
    renewal_challenges.erase(*challenge);
  }
  row.challenge.clear();
}

bool MemoryDatabase::renews(const EnrollmentRow& row, const Fingerprint& certificate) const {
  const auto order = order_of(certificate);
  if (row.enrollment.state != EnrollmentState::enrolled || order == 0 ||
      order < order_of(row.enrollment.certificate)) {
    return false;
  }
  const auto found = renewals.find(row.number);
  return found != renewals.end() && goes_on(found->second.renewal) &&
         order > order_of(found->second.renewal.old_certificate);
}

void MemoryDatabase::adopt_identity(EnrollmentRow& row, const Fingerprint& certificate,
                                    Timestamp not_after, Timestamp now) {
  const auto before = row.enrollment.certificate;
  if (before == certificate) {
    return;
  }
  row.enrollment.certificate = certificate;
  row.identity_not_after = not_after;
  row.renewal_due = renewal_due_at(row.number, not_after, now);
  auto& renewal = renewals[row.number];
  if (!goes_on(renewal.renewal) || renewal.renewal.device_id.empty()) {
    renewal = own_renewal(before, renewal.renewal.version, now);
    renewal.renewal.device_id = row.enrollment.id.value();
  }
  mark_used(renewal.renewal, before, certificate, now);
  if (renewal.renewal.state == RenewalState::proven) {
    void_challenge(renewal);
  }
}

void MemoryDatabase::end_renewals(EnrollmentRow& row, Timestamp now) {
  const auto found = renewals.find(row.number);
  if (found != renewals.end() && found->second.renewal.state == RenewalState::proven) {
    revoke_older(row, now);
    mark_over(found->second, RenewalState::done);
  } else if (found != renewals.end() && found->second.renewal.is_open()) {
    void_challenge(found->second);
    mark_over(found->second, RenewalState::cancelled);
  }
  std::erase_if(renewal_orders, [&](const auto& entry) {
    return bindings.at(entry.first) == row.enrollment.id.value();
  });
  row.renewal_due.reset();
}

bool MemoryDatabase::bind_to_renewal(std::int64_t enrollment, const Fingerprint& challenge,
                                     const Fingerprint& certificate, std::int64_t order) {
  const auto* const row = find_numbered(enrollment);
  const auto found = renewals.find(enrollment);
  if (row == nullptr || row->enrollment.state != EnrollmentState::enrolled ||
      found == renewals.end() || found->second.renewal.state != RenewalState::sent ||
      found->second.challenge != challenge.hex()) {
    return false;
  }
  bindings.emplace(certificate, row->enrollment.id.value());
  renewal_orders[certificate] = order;
  found->second.renewal.new_certificate = certificate;
  found->second.challenge.clear();
  ++found->second.renewal.version;
  return true;
}

void MemoryDatabase::inherit_renewal(const std::string& device_id, const Fingerprint& signer,
                                     const Fingerprint& certificate, std::int64_t order,
                                     Timestamp now) {
  const auto* const row = find_row(device_id);
  const bool own = row != nullptr && row->enrollment.state == EnrollmentState::enrolled &&
                   (row->enrollment.certificate == signer || order_of(signer) > 0);
  if (!own) {
    return;
  }
  renewal_orders[certificate] = order;
  auto& renewal = renewals[row->number];
  if (!goes_on(renewal.renewal) || renewal.renewal.device_id.empty()) {
    renewal = own_renewal(row->enrollment.certificate, renewal.renewal.version, now);
    renewal.renewal.device_id = device_id;
  }
  renewal.renewal.new_certificate = certificate;
  void_challenge(renewal);
  ++renewal.renewal.version;
}

void MemoryDatabase::revoke_older(const EnrollmentRow& row, Timestamp now) {
  const auto newest = order_of(row.enrollment.certificate);
  for (const auto& [certificate, device] : bindings) {
    if (device == row.enrollment.id.value() && row.enrollment.certificate != certificate &&
        order_of(certificate) < newest) {
      revoke_superseded(certificate, now);
    }
  }
}

void MemoryDatabase::revoke_others(const EnrollmentRow& row, Timestamp now) {
  if (!row.enrollment.certificate) {
    return;
  }
  for (const auto& [certificate, device] : bindings) {
    if (device == row.enrollment.id.value() && row.enrollment.certificate != certificate) {
      revoke_superseded(certificate, now);
    }
  }
}

void MemoryDatabase::revoke_superseded(const Fingerprint& certificate, Timestamp now) {
  const auto ours = issued_by_fingerprint.find(certificate);
  const std::string serial = ours == issued_by_fingerprint.end()
                                 ? std::string()
                                 : issued[ours->second].issued.certificate.serial_hex();
  revocations.emplace(certificate, Revocation{serial, now, RevocationReason::superseded});
}

Renewal MemoryRenewals::told(std::int64_t enrollment, const RenewalRow& row) const {
  Renewal renewal = row.renewal;
  if (const auto* const found = database_.find_numbered(enrollment)) {
    renewal.identity_not_after = found->identity_not_after;
  }
  return renewal;
}

RenewalRow* MemoryRenewals::find_of(std::string_view device_id) {
  const auto* const row = std::as_const(database_).find_row(std::string(device_id));
  const auto found =
      row == nullptr ? database_.renewals.end() : database_.renewals.find(row->number);
  return found == database_.renewals.end() ? nullptr : &found->second;
}

RenewalRow* MemoryRenewals::unchanged(const Renewal& from) {
  auto* const row = find_of(from.device_id);
  const bool same = row != nullptr && row->renewal.version == from.version &&
                    row->renewal.begun_at == from.begun_at;
  return same ? row : nullptr;
}

void MemoryRenewals::begin(MemoryDatabase::EnrollmentRow& row, RenewalOrigin origin,
                           Timestamp now) {
  auto& renewal = database_.renewals[row.number];
  database_.void_challenge(renewal);
  renewal = fresh_renewal(origin, row.enrollment.certificate, renewal.renewal.version + 1, now);
  renewal.renewal.device_id = row.enrollment.id.value();
  row.renewal_due.reset();
}

Result<std::int64_t> MemoryRenewals::open_expiring(Timestamp before, Timestamp now,
                                                   std::int64_t limit) {
  const std::lock_guard lock(database_.mutex);
  std::vector<MemoryDatabase::EnrollmentRow*> found;
  for (auto& [id, row] : database_.enrollments) {
    if (row.renewal_due && *row.renewal_due < before) {
      found.push_back(&row);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto* left, const auto* right) {
    return std::pair(left->renewal_due, left->number) <
           std::pair(right->renewal_due, right->number);
  });
  std::int64_t opened = 0;
  for (std::size_t i = 0; i < found.size() && i < static_cast<std::size_t>(limit); ++i) {
    auto& row = *found[i];
    const auto* const renewal = find_of(row.enrollment.id.value());
    const bool busy = renewal != nullptr && renewal->renewal.is_open() &&
                      renewal->renewal.origin != RenewalOrigin::device;
    if (row.enrollment.state == EnrollmentState::enrolled && !busy) {
      begin(row, RenewalOrigin::expiry, now);
      ++opened;
    }
    row.renewal_due.reset();
  }
  return opened;
}

Result<Renewal> MemoryRenewals::open(std::string_view device_id, Timestamp now) {
  const std::string id(device_id);
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(id);
  if (row == nullptr || !row->enrollment.id.is_device_channel()) {
    return no_device(id);
  }
  if (row->enrollment.state != EnrollmentState::enrolled) {
    return not_enrolled(id);
  }
  auto* const known = find_of(id);
  if (known != nullptr && known->renewal.is_open() &&
      known->renewal.origin != RenewalOrigin::device) {
    hasten(known->renewal, now);
  } else {
    begin(*row, RenewalOrigin::asked, now);
  }
  return told(row->number, database_.renewals.at(row->number));
}

Result<std::optional<Renewal>> MemoryRenewals::find(std::string_view device_id) const {
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(std::string(device_id));
  const auto found =
      row == nullptr ? database_.renewals.end() : database_.renewals.find(row->number);
  return found == database_.renewals.end() ? std::nullopt
                                           : std::optional(told(row->number, found->second));
}

Result<Page<Renewal>> MemoryRenewals::list(const RenewalFilter& filter,
                                           const PageRequest& page) const {
  PageCursor after;
  if (!page.after.empty()) {
    TRY_ASSIGN(after, parse_cursor(page.after));
  }
  const std::lock_guard lock(database_.mutex);
  const auto limit = page_limit(page);
  std::vector<std::pair<std::int64_t, Renewal>> items;
  for (auto row = database_.renewals.upper_bound(after.second);
       row != database_.renewals.end() && items.size() <= limit; ++row) {
    if (matches(row->second.renewal, filter)) {
      items.emplace_back(row->first, told(row->first, row->second));
    }
  }
  auto cut = cut_page(std::move(items), limit,
                      [](const auto& last) { return format_cursor({0, last.first}); });
  Page<Renewal> result;
  result.next = std::move(cut.next);
  for (auto& [number, renewal] : cut.items) {
    result.items.push_back(std::move(renewal));
  }
  return result;
}

Result<RenewalCounts> MemoryRenewals::count(Timestamp late_before) const {
  const std::lock_guard lock(database_.mutex);
  RenewalCounts counts;
  for (const auto& [number, row] : database_.renewals) {
    if (goes_on(row.renewal)) {
      ++counts.by_state[row.renewal.state];
    }
    const auto* const enrollment = database_.find_numbered(number);
    if (row.renewal.is_open() && enrollment != nullptr && enrollment->identity_not_after &&
        *enrollment->identity_not_after < late_before) {
      ++counts.late;
    }
  }
  return counts;
}

Result<std::vector<Renewal>> MemoryRenewals::due(Timestamp now, std::size_t limit) const {
  const std::lock_guard lock(database_.mutex);
  std::multimap<Timestamp, Renewal> by_time;  // equals stay in the order of their enrollments
  for (const auto& [number, row] : database_.renewals) {
    if (row.renewal.next_at && *row.renewal.next_at <= now) {
      by_time.emplace(*row.renewal.next_at, told(number, row));
    }
  }
  std::vector<Renewal> found;
  for (auto& [time, renewal] : by_time) {
    if (found.size() < limit) {
      found.push_back(std::move(renewal));
    }
  }
  return found;
}

Result<bool> MemoryRenewals::change(const Renewal& from, const RenewalChange& change) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = unchanged(from);
  if (row == nullptr) {
    return false;
  }
  if (change.state != RenewalState::sent) {
    database_.void_challenge(*row);
  }
  apply_change(*row, change);
  return true;
}

Result<bool> MemoryRenewals::acknowledge(const Renewal& from, Timestamp now, Timestamp look_again) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = unchanged(from);
  if (row == nullptr) {
    return false;
  }
  mark_acknowledged(row->renewal, now, look_again);
  database_.void_challenge(*row);
  return true;
}

Result<bool> MemoryRenewals::retire(const Renewal& from, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = unchanged(from);
  const auto* const enrollment = std::as_const(database_).find_row(from.device_id);
  if (row == nullptr || enrollment == nullptr || row->renewal.state != RenewalState::proven) {
    return false;
  }
  database_.revoke_older(*enrollment, now);
  mark_over(*row, RenewalState::done);
  return true;
}

Status MemoryRenewals::deliver(std::string_view device_id, std::string_view command_uuid,
                               const Fingerprint& challenge, Timestamp challenge_expires_at,
                               Timestamp now) {
  const std::string id(device_id);
  const std::lock_guard lock(database_.mutex);
  auto* const row = find_of(id);
  if (row == nullptr || row->renewal.state != RenewalState::sent ||
      row->renewal.command_uuid != command_uuid) {
    return no_renewal(id);
  }
  if (database_.challenges.contains(challenge)) {
    return recorded_already("challenge");
  }
  database_.void_challenge(*row);
  database_.challenges.emplace(challenge, ChallengeTerms{challenge_expires_at, {id, {}}});
  database_.renewal_challenges.emplace(challenge, database_.find_row(id)->number);
  row->challenge = challenge.hex();
  row->renewal.delivered_at = now;
  ++row->renewal.version;
  return {};
}

Status MemoryRenewals::note_uses(std::span<const IdentityUse> uses) {
  const std::lock_guard lock(database_.mutex);
  for (const IdentityUse& use : uses) {
    auto* const row = database_.find_row(use.device_id);
    const auto bound = database_.bindings.find(use.certificate);
    if (row == nullptr || bound == database_.bindings.end() || bound->second != use.device_id ||
        database_.revocations.contains(use.certificate) ||
        row->enrollment.state != EnrollmentState::enrolled) {
      continue;
    }
    if (row->enrollment.certificate == use.certificate) {
      if (!row->identity_not_after) {
        row->identity_not_after = use.not_after;
        row->renewal_due = renewal_due_at(row->number, use.not_after, use.used_at);
      }
    } else if (database_.order_of(use.certificate) >
               database_.order_of(row->enrollment.certificate)) {
      database_.adopt_identity(*row, use.certificate, use.not_after, use.used_at);
    }
  }
  return {};
}

Result<IdentityClaim> MemoryRenewals::judge(std::string_view device_id,
                                            const Fingerprint& certificate) const {
  const std::string id(device_id);
  const std::lock_guard lock(database_.mutex);
  const auto* const row = std::as_const(database_).find_row(id);
  if (row == nullptr || row->enrollment.state != EnrollmentState::enrolled) {
    return IdentityClaim::newcomer;
  }
  if (database_.renews(*row, certificate)) {
    return IdentityClaim::renewal;
  }
  const auto bound = database_.bindings.find(certificate);
  if (bound != database_.bindings.end() && bound->second == id) {
    return IdentityClaim::own;
  }
  const auto issued = database_.issued_by_fingerprint.find(certificate);
  const bool named =
      issued != database_.issued_by_fingerprint.end() &&
      names(database_.issued[issued->second].device, id, row->enrollment.serial_number);
  return named ? IdentityClaim::named : IdentityClaim::stranger;
}

Status MemoryRenewals::approve(std::string_view device_id, Timestamp until) {
  const std::string id(device_id);
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(id);
  if (row == nullptr || !row->enrollment.id.is_device_channel()) {
    return no_device(id);
  }
  row->approved_until = until;
  row->approved_for.reset();
  return {};
}

Result<bool> MemoryRenewals::use_approval(std::string_view device_id,
                                          const Fingerprint& certificate, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(std::string(device_id));
  if (row == nullptr || row->approved_until <= now ||
      (row->approved_for && *row->approved_for != certificate)) {
    return false;
  }
  row->approved_for = certificate;
  return true;
}

}  // namespace bramley
