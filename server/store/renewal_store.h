#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/crypto/digest.h"
#include "server/store/page.h"

namespace bramley {

// due: a profile is to be queued. sent: it is queued, or with the device. failed: it is queued
// again at next_at. proving: acknowledged, and the new certificate was not used yet. proven: both;
// the old certificates work until next_at. done: they are revoked. cancelled: the enrollment ended,
// or began afresh.
enum class RenewalState { due, sent, failed, proving, proven, done, cancelled };
std::string_view renewal_state_name(RenewalState state);  // "due", …
// malformed: none of them.
Result<RenewalState> parse_renewal_state(std::string_view name);

// Why it began: the certificate nears its end, an administrator asked, or the device renewed by
// itself (SCEP's RenewalReq), without a profile of ours.
enum class RenewalOrigin { expiry, asked, device };
std::string_view renewal_origin_name(RenewalOrigin origin);  // "expiry", …

// How long the old certificate is taken beside the new one that was proven.
inline constexpr std::chrono::hours old_identity_kept{7 * 24};

// One a device: the renewal of its identity that is under way, or the last one.
struct Renewal {
  std::string device_id = {};
  RenewalState state = RenewalState::due;
  RenewalOrigin origin = RenewalOrigin::expiry;
  Timestamp begun_at = {};
  std::int64_t attempts = 0;  // profiles that were queued
  // Of the InstallProfile that was queued last; empty before.
  std::string command_uuid = {};
  // The identity when it began, and the one that was issued for it last.
  std::optional<Fingerprint> old_certificate = {};
  std::optional<Fingerprint> new_certificate = {};
  // When the identity that the device uses ends; none: not known. Not part of the renewal.
  std::optional<Timestamp> identity_not_after = {};
  std::optional<Timestamp> delivered_at = {};
  std::optional<Timestamp> acknowledged_at = {};
  std::optional<Timestamp> used_at = {};
  std::optional<Timestamp> failed_at = {};  // last
  std::string error = {};                   // of then; empty: none
  // When it is to be looked at again; none: never.
  std::optional<Timestamp> next_at = {};
  std::int64_t version = 0;  // grows with every change

  // Whether a profile is on its way, or will be.
  [[nodiscard]] bool is_open() const {
    return state == RenewalState::due || state == RenewalState::sent ||
           state == RenewalState::failed || state == RenewalState::proving;
  }
};

struct RenewalFilter {
  std::optional<RenewalState> state = {};
  std::string device_id = {};  // empty: any
};

struct RenewalCounts {
  std::map<RenewalState, std::int64_t> by_state = {};  // without those that no renewal is in
  std::int64_t late = 0;
};

// What becomes of a renewal. In any state but `sent` its challenge is void.
struct RenewalChange {
  RenewalState state = RenewalState::due;
  std::optional<Timestamp> next_at = {};
  std::string command_uuid = {};
  std::int64_t attempts = 0;
  std::optional<Timestamp> failed_at = {};
  std::string error = {};
};

// A bound certificate that a device presented.
struct IdentityUse {
  std::string device_id;
  Fingerprint certificate;
  Timestamp not_after;
  Timestamp used_at;
};

// What a certificate is to the device that an Authenticate names. newcomer: the device is unknown,
// not enrolled, or gone. own: it is bound to it. renewal: it goes on with the present enrollment.
// named: issued on a challenge or token for this very device. stranger: none of these.
enum class IdentityClaim { newcomer, own, renewal, named, stranger };

// How devices change their identity without enrolling afresh. What makes a certificate a renewal is
// recorded when it is issued (CertificateStore::record_issued): on the challenge of the device's
// open renewal, or to the identity of its present enrollment. What a certificate that is presented
// means is settled by EnrollmentStore::begin_enrollment and by note_uses.
class RenewalStore {
 public:
  virtual ~RenewalStore() = default;

  // Opens a renewal for enrolled devices whose identity ends before `before` (a little sooner for
  // some, so that one day's enrollments do not all come at once) and that have none open: the
  // first to end first, at most `limit`. How many.
  virtual Result<std::int64_t> open_expiring(Timestamp before, Timestamp now,
                                             std::int64_t limit) = 0;
  // Opens one, or makes the open one due now. not_found: no such device. conflict: it is not
  // enrolled.
  virtual Result<Renewal> open(std::string_view device_id, Timestamp now) = 0;

  virtual Result<std::optional<Renewal>> find(std::string_view device_id) const = 0;
  // In the order in which the devices were first seen.
  virtual Result<Page<Renewal>> list(const RenewalFilter& filter,
                                     const PageRequest& page) const = 0;
  // Those that are not over. `late`: open ones of devices whose identity ends before that.
  virtual Result<RenewalCounts> count(Timestamp late_before) const = 0;
  // Those whose next_at has come, the oldest first.
  virtual Result<std::vector<Renewal>> due(Timestamp now, std::size_t limit) const = 0;

  // Each of these happens only while the renewal is what `from` says. False: it is not, perhaps
  // because another server was faster; nothing changed.
  virtual Result<bool> change(const Renewal& from, const RenewalChange& change) = 0;
  // The InstallProfile was acknowledged: proving until `look_again`, or proven if the certificate
  // is in use.
  virtual Result<bool> acknowledge(const Renewal& from, Timestamp now, Timestamp look_again) = 0;
  // Revokes what is older than the identity in use, and ends the renewal.
  virtual Result<bool> retire(const Renewal& from, Timestamp now) = 0;

  // The profile is handed out with this challenge; the one before is void. not_found: this command
  // belongs to no renewal that is sent.
  virtual Status deliver(std::string_view device_id, std::string_view command_uuid,
                         const Fingerprint& challenge, Timestamp challenge_expires_at,
                         Timestamp now) = 0;

  // A certificate that was issued for a renewal and is newer than the device's identity becomes it.
  // All others change nothing, but that the end of an identity becomes known. Cheap for those.
  virtual Status note_uses(std::span<const IdentityUse> uses) = 0;

  // What it will be taken for, were it to authenticate now. The serial number of a challenge's
  // terms counts against the one that the device enrolled with, not one that a message claims.
  virtual Result<IdentityClaim> judge(std::string_view device_id,
                                      const Fingerprint& certificate) const = 0;
  // Lets the device enroll once with a certificate that is a stranger's. not_found: no such device.
  virtual Status approve(std::string_view device_id, Timestamp until) = 0;
  // Whether it may, with this one; from then on with no other.
  virtual Result<bool> use_approval(std::string_view device_id, const Fingerprint& certificate,
                                    Timestamp now) = 0;
};

}  // namespace bramley
