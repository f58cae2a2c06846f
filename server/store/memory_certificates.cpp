#include <algorithm>

#include "server/store/memory_store.h"
#include "server/store/page_cursor.h"
#include "server/store/restriction.h"
#include "server/store/store_errors.h"

namespace bramley {
namespace {

bool is_over(const EnrollmentToken& token, Timestamp now) {
  return token.expires_at <= now || (token.max_uses > 0 && token.uses >= token.max_uses);
}

// Numbered lists, newest first: positions below the cursor's.
Result<std::int64_t> position_before(const PageRequest& page, std::int64_t count) {
  if (page.after.empty()) {
    return count;
  }
  TRY_ASSIGN(const auto cursor, parse_cursor(page.after));
  return std::clamp<std::int64_t>(cursor.second, 0, count);
}

}  // namespace

Result<std::optional<std::string>> MemoryCertificates::device_of(
    const Fingerprint& certificate) const {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.bindings.find(certificate);
  return found == database_.bindings.end() || database_.revocations.contains(certificate)
             ? std::nullopt
             : std::optional(found->second);
}

Status MemoryCertificates::bind_first(const Fingerprint& certificate,
                                      const std::string& device_id) {
  const std::lock_guard lock(database_.mutex);
  auto* const row = database_.find_row(device_id);
  if (row == nullptr || !row->enrollment.id.is_device_channel() ||
      row->enrollment.state == EnrollmentState::checked_out) {
    return not_for_association(device_id, "no such device is enrolled");
  }
  if (database_.revocations.contains(certificate)) {
    return not_for_association(device_id, "the certificate is revoked");
  }
  if (database_.bindings.contains(certificate)) {
    return not_for_association(device_id, "the certificate is bound already");
  }
  if (database_.has_binding(device_id)) {
    return not_for_association(device_id, "the device has another certificate");
  }
  const auto issued = database_.issued_by_fingerprint.find(certificate);
  if (issued != database_.issued_by_fingerprint.end() &&
      !allows(database_.issued[issued->second].device, device_id, row->enrollment.serial_number)) {
    return certificate_for_another(device_id);
  }
  database_.bindings.emplace(certificate, device_id);
  row->enrollment.certificate = certificate;
  return {};
}

Status MemoryCertificates::add_challenge(const Fingerprint& challenge, const ChallengeTerms& terms,
                                         Timestamp /*now*/) {
  const std::lock_guard lock(database_.mutex);
  if (!database_.challenges.emplace(challenge, terms).second) {
    return recorded_already("challenge");
  }
  return {};
}

Result<ChallengeTerms> MemoryCertificates::check_challenge(const Fingerprint& challenge,
                                                           Timestamp now) const {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.challenges.find(challenge);
  if (found == database_.challenges.end() || found->second.expires_at <= now) {
    return challenge_refused();
  }
  return found->second;
}

Status MemoryCertificates::record_issued(const IssuedCertificate& issued,
                                         const std::optional<Fingerprint>& challenge,
                                         Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  const auto& fingerprint = issued.certificate.fingerprint();
  if (database_.issued_by_fingerprint.contains(fingerprint)) {
    return recorded_already("certificate");
  }
  if (issued.renewed_from && database_.revocations.contains(*issued.renewed_from)) {
    return signer_revoked();
  }
  DeviceRestriction from_challenge;
  if (challenge) {
    const auto found = database_.challenges.find(*challenge);
    if (found == database_.challenges.end() || found->second.expires_at <= now) {
      return challenge_refused();
    }
    const auto renewal = database_.renewal_challenges.find(*challenge);
    if (renewal != database_.renewal_challenges.end()) {
      const auto order = static_cast<std::int64_t>(database_.issued.size()) + 1;
      if (!database_.bind_to_renewal(renewal->second, *challenge, fingerprint, order)) {
        return challenge_refused();
      }
    }
    from_challenge = found->second.device;
    database_.challenges.erase(*challenge);
    database_.renewal_challenges.erase(*challenge);
  }
  DeviceRestriction from_signer;
  if (issued.renewed_from) {
    const auto signer = database_.issued_by_fingerprint.find(*issued.renewed_from);
    if (signer != database_.issued_by_fingerprint.end()) {
      from_signer = database_.issued[signer->second].device;
    }
    const auto binding = database_.bindings.find(*issued.renewed_from);
    if (binding != database_.bindings.end()) {
      const auto device = binding->second;
      database_.bindings.emplace(fingerprint, device);
      database_.inherit_renewal(device, *issued.renewed_from, fingerprint,
                                static_cast<std::int64_t>(database_.issued.size()) + 1, now);
    }
  }
  database_.issued_by_fingerprint.emplace(fingerprint, database_.issued.size());
  database_.issued.push_back({issued, restriction_of_issued(issued, from_signer, from_challenge)});
  return {};
}

Result<std::optional<Certificate>> MemoryCertificates::find_issued(std::string_view transaction_id,
                                                                   const Fingerprint& public_key,
                                                                   Timestamp since) const {
  const std::lock_guard lock(database_.mutex);
  const auto found =
      std::find_if(database_.issued.rbegin(), database_.issued.rend(), [&](const auto& row) {
        return row.issued.transaction_id == transaction_id && row.issued.public_key == public_key &&
               row.issued.issued_at >= since &&
               !database_.revocations.contains(row.issued.certificate.fingerprint());
      });
  return found == database_.issued.rend() ? std::nullopt : std::optional(found->issued.certificate);
}

CertificateStore::IssuedRecord MemoryCertificates::record_of(
    const MemoryDatabase::IssuedRow& row) const {
  const auto& certificate = row.issued.certificate;
  const auto bound = database_.bindings.find(certificate.fingerprint());
  const auto revoked = database_.revocations.find(certificate.fingerprint());
  return {.fingerprint = certificate.fingerprint(),
          .serial_hex = certificate.serial_hex(),
          .subject = certificate.subject(),
          .issued_at = row.issued.issued_at,
          .not_after = certificate.not_after(),
          .device_id = bound == database_.bindings.end() ? std::string() : bound->second,
          .device = row.device,
          .revoked_at = revoked == database_.revocations.end()
                            ? std::nullopt
                            : std::optional(revoked->second.revoked_at)};
}

Result<std::optional<CertificateStore::IssuedRecord>> MemoryCertificates::find_record(
    const Fingerprint& certificate) const {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.issued_by_fingerprint.find(certificate);
  return found == database_.issued_by_fingerprint.end()
             ? std::nullopt
             : std::optional(record_of(database_.issued[found->second]));
}

Result<Page<CertificateStore::IssuedRecord>> MemoryCertificates::list_issued(
    std::string_view device_id, const PageRequest& page) const {
  const std::lock_guard lock(database_.mutex);
  TRY_ASSIGN(auto position,
             position_before(page, static_cast<std::int64_t>(database_.issued.size())));
  const auto limit = page_limit(page);
  Page<IssuedRecord> result;
  while (position > 0) {
    auto record = record_of(database_.issued[static_cast<std::size_t>(position - 1)]);
    if (device_id.empty() || record.device_id == device_id) {
      if (result.items.size() == limit) {
        result.next = format_cursor({0, position});
        break;
      }
      result.items.push_back(std::move(record));
    }
    --position;
  }
  return result;
}

Result<std::int64_t> MemoryCertificates::count_issued() const {
  const std::lock_guard lock(database_.mutex);
  return static_cast<std::int64_t>(database_.issued.size());
}

Status MemoryCertificates::revoke(const Fingerprint& certificate, RevocationReason reason,
                                  Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  const auto issued = database_.issued_by_fingerprint.find(certificate);
  const bool ours = issued != database_.issued_by_fingerprint.end();
  if (!ours && !database_.bindings.contains(certificate)) {
    return no_certificate(certificate.hex());
  }
  const std::string serial =
      ours ? database_.issued[issued->second].issued.certificate.serial_hex() : std::string();
  database_.revocations.emplace(certificate, Revocation{serial, now, reason});
  return {};
}

Result<std::vector<Revocation>> MemoryCertificates::revocations(Timestamp now) const {
  const std::lock_guard lock(database_.mutex);
  std::vector<Revocation> found;
  for (const auto& row : database_.issued) {
    const auto revoked = database_.revocations.find(row.issued.certificate.fingerprint());
    if (revoked != database_.revocations.end() && row.issued.certificate.not_after() > now) {
      found.push_back(revoked->second);
    }
  }
  return found;
}

Status MemoryCertificates::add_enrollment_token(const Fingerprint& secret,
                                                const EnrollmentToken& token) {
  const std::lock_guard lock(database_.mutex);
  for (const auto& [number, known] : database_.tokens) {
    if (known.first == secret || known.second.id == token.id) {
      return recorded_already("enrollment token");
    }
  }
  database_.tokens.emplace(++database_.last_token, std::pair(secret, token));
  return {};
}

Status MemoryCertificates::redeem_enrollment_token(const Fingerprint& secret,
                                                   const Fingerprint& challenge,
                                                   Timestamp challenge_expires_at, Timestamp now) {
  const std::lock_guard lock(database_.mutex);
  const auto found = std::find_if(database_.tokens.begin(), database_.tokens.end(),
                                  [&](const auto& entry) { return entry.second.first == secret; });
  if (found == database_.tokens.end() || is_over(found->second.second, now)) {
    return token_refused();
  }
  auto& token = found->second.second;
  if (!database_.challenges.emplace(challenge, ChallengeTerms{challenge_expires_at, token.device})
           .second) {
    return recorded_already("challenge");
  }
  ++token.uses;
  return {};
}

Result<Page<EnrollmentToken>> MemoryCertificates::list_enrollment_tokens(
    const PageRequest& page) const {
  const std::lock_guard lock(database_.mutex);
  TRY_ASSIGN(const auto before, position_before(page, database_.last_token + 1));
  const auto limit = page_limit(page);
  Page<EnrollmentToken> result;
  auto last = before;
  for (auto row = database_.tokens.rbegin(); row != database_.tokens.rend(); ++row) {
    if (row->first >= before) {
      continue;
    }
    if (result.items.size() == limit) {
      result.next = format_cursor({0, last});
      break;
    }
    result.items.push_back(row->second.second);
    last = row->first;
  }
  return result;
}

Status MemoryCertificates::delete_enrollment_token(std::string_view id) {
  const std::lock_guard lock(database_.mutex);
  const auto removed = std::erase_if(
      database_.tokens, [&](const auto& entry) { return entry.second.second.id == id; });
  return removed == 0 ? Status(no_enrollment_token(id)) : Status();
}

Result<std::int64_t> MemoryCertificates::sweep(Timestamp now, std::int64_t limit) {
  const std::lock_guard lock(database_.mutex);
  std::int64_t removed = 0;
  for (auto row = database_.challenges.begin();
       row != database_.challenges.end() && removed < limit;) {
    const bool over = row->second.expires_at <= now;
    row = over ? database_.challenges.erase(row) : std::next(row);
    removed += over ? 1 : 0;
  }
  for (auto row = database_.tokens.begin(); row != database_.tokens.end() && removed < limit;) {
    const bool over = is_over(row->second.second, now);
    row = over ? database_.tokens.erase(row) : std::next(row);
    removed += over ? 1 : 0;
  }
  return removed;
}

}  // namespace bramley
