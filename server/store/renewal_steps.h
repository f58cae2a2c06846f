#pragma once

#include <algorithm>
#include <string>

#include "server/store/renewal_store.h"

namespace bramley {

// What every store does to a renewal, apart from where it is kept. Private to the folder.

// `challenge`: of the profile that was delivered last; hex, empty when there is none.
struct RenewalRow {
  Renewal renewal;
  std::string challenge = {};
};

// How long a certificate that a device took by itself is waited for.
inline constexpr std::chrono::hours unused_identity_kept{30 * 24};

// From when on open_expiring may find a certificate. The number of the enrollment spreads them over
// a day, or a twentieth of what is left where that is shorter.
inline Timestamp renewal_due_at(std::int64_t enrollment, Timestamp not_after, Timestamp now) {
  constexpr std::int64_t stride = 7919;
  const std::int64_t left = std::max<std::int64_t>((not_after - now).count(), 0);
  const std::int64_t span = std::min<std::int64_t>(left / 20, std::int64_t{24} * 60 * 60);
  return not_after - std::chrono::seconds(enrollment * stride % (span + 1));
}

inline RenewalRow fresh_renewal(RenewalOrigin origin, const std::optional<Fingerprint>& certificate,
                                std::int64_t version, Timestamp now) {
  RenewalRow row;
  row.renewal.origin = origin;
  row.renewal.begun_at = now;
  row.renewal.old_certificate = certificate;
  row.renewal.next_at = now;
  row.renewal.version = version;
  return row;
}

// Whether a certificate may still belong to it.
inline bool goes_on(const Renewal& renewal) {
  return renewal.is_open() || renewal.state == RenewalState::proven;
}

// The device took a new certificate by itself: nothing is sent, and nothing acknowledged.
inline RenewalRow own_renewal(const std::optional<Fingerprint>& certificate, std::int64_t version,
                              Timestamp now) {
  RenewalRow row = fresh_renewal(RenewalOrigin::device, certificate, version, now);
  row.renewal.state = RenewalState::proving;
  row.renewal.next_at = now + unused_identity_kept;
  return row;
}

inline void prove_if_complete(Renewal& renewal, Timestamp now) {
  const bool acknowledged = renewal.acknowledged_at || renewal.command_uuid.empty();
  if (renewal.used_at && acknowledged) {
    renewal.state = RenewalState::proven;
    renewal.next_at = now + old_identity_kept;
    renewal.error.clear();
  }
}

// The certificate is the device's identity from now on.
inline void mark_used(Renewal& renewal, const std::optional<Fingerprint>& before,
                      const Fingerprint& certificate, Timestamp now) {
  renewal.old_certificate = before;
  renewal.new_certificate = certificate;
  renewal.used_at = now;
  prove_if_complete(renewal, now);
  ++renewal.version;
}

inline void mark_acknowledged(Renewal& renewal, Timestamp now, Timestamp look_again) {
  renewal.acknowledged_at = now;
  renewal.state = RenewalState::proving;
  renewal.next_at = look_again;
  prove_if_complete(renewal, now);
  ++renewal.version;
}

inline void apply_change(RenewalRow& row, const RenewalChange& change) {
  Renewal& renewal = row.renewal;
  renewal.state = change.state;
  renewal.next_at = change.next_at;
  if (renewal.command_uuid != change.command_uuid) {
    renewal.delivered_at.reset();
    renewal.acknowledged_at.reset();
  }
  renewal.command_uuid = change.command_uuid;
  renewal.attempts = change.attempts;
  renewal.failed_at = change.failed_at;
  renewal.error = change.error;
  if (change.state != RenewalState::sent) {
    row.challenge.clear();
  }
  ++renewal.version;
}

// Somebody asked, while it was under way: whatever it waits for is looked at now, and a certificate
// that is not used is not waited for.
inline void hasten(Renewal& renewal, Timestamp now) {
  if (renewal.state == RenewalState::proving) {
    renewal.state = RenewalState::due;
  }
  renewal.next_at = now;
  ++renewal.version;
}

inline void mark_over(RenewalRow& row, RenewalState state) {
  row.renewal.state = state;
  row.renewal.next_at.reset();
  row.challenge.clear();
  ++row.renewal.version;
}

inline bool matches(const Renewal& renewal, const RenewalFilter& filter) {
  return (!filter.state || renewal.state == *filter.state) &&
         (filter.device_id.empty() || renewal.device_id == filter.device_id);
}

}  // namespace bramley
