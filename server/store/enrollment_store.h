#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/mdm/checkin_message.h"
#include "core/mdm/device_identity.h"
#include "server/store/page.h"

namespace bramley {

// pending: Authenticate seen; enrolled: a TokenUpdate since; checked_out: the device said goodbye.
enum class EnrollmentState { pending, enrolled, checked_out };
std::string_view enrollment_state_name(EnrollmentState state);  // "pending", …
Result<EnrollmentState> parse_enrollment_state(std::string_view name);
// Apart from the state: APNs' 410 stops pushes and nothing else.
enum class PushState { ok, unregistered };
std::string_view push_state_name(PushState state);

// What an administrator decided about a device. unenroll: it is told to remove its management when
// it comes next, and may enroll again; block: it is told so until the block is lifted.
enum class Dismissal { none, unenroll, block };
std::string_view dismissal_name(Dismissal dismissal);  // "none", …

// The first step of a user's digest authentication: what was asked, and what a right answer earns.
struct UserChallenge {
  std::string nonce;
  Timestamp expires_at;
  SecretBytes auth_token;
};

struct Enrollment {
  EnrollmentId id;
  EnrollmentState state = EnrollmentState::pending;
  PushState push_state = PushState::ok;
  Dismissal dismissal = Dismissal::none;  // always none on a user channel
  std::string topic = {};
  std::string push_magic = {};
  Bytes push_token = {};
  std::string serial_number = {};
  std::string device_name = {};
  std::string model = {};
  std::string model_name = {};
  std::string product_name = {};
  std::string os_version = {};
  std::string build_version = {};
  std::string user_short_name = {};
  std::string user_long_name = {};
  bool awaiting_configuration = false;
  // TokenUpdates since the last Authenticate; 1 right after a fresh enrollment.
  std::int64_t token_update_tally = 0;
  std::optional<Timestamp> authenticated_at = {};
  std::optional<Timestamp> enrolled_at = {};
  std::optional<Timestamp> checked_out_at = {};
  std::optional<Timestamp> last_seen_at = {};
  // The certificate that last authenticated for the device.
  std::optional<Fingerprint> certificate = {};
};

struct EnrollmentFilter {
  std::optional<EnrollmentState> state = {};
  std::optional<EnrollmentType> type = {};
  std::string serial_number = {};  // empty: any
  std::string device_id = {};      // empty: any; else the device and its users
};

// Each method is one transaction, named after what happened to the device. Once it returned success
// the fact survives a crash and a power cut.
class EnrollmentStore {
 public:
  virtual ~EnrollmentStore() = default;

  // Authenticate: binds the certificate, records the device, forgets its bootstrap and unlock
  // tokens, empties its queues and those of its users (no result is made for what is dropped), sets
  // it and its users to pending with tally 0, ends an `unenroll` and its users' authentication.
  // conflict: the certificate is bound to another device. forbidden: it was issued on a challenge
  // bound to another device (UDID or serial number). `raw` is kept sealed. malformed: `id` is a
  // user channel, which never authenticates.
  virtual Status begin_enrollment(const EnrollmentId& id, const Authenticate& message, ByteView raw,
                                  const DeviceIdentity& identity, Timestamp now) = 0;

  // TokenUpdate: records the push token (and the unlock token when there is one, sealed), enables
  // the enrollment, counts. Creates a user channel's enrollment if it is new. conflict: its device
  // never authenticated, or is checked out.
  virtual Status update_push_token(const EnrollmentId& id, const TokenUpdate& message, ByteView raw,
                                   Timestamp now) = 0;

  // CheckOut: a device takes its users along; a user channel goes alone. The queue is left as it
  // is; nothing is served from it any more. not_found: never seen.
  virtual Status end_enrollment(const EnrollmentId& id, Timestamp now) = 0;

  // Empty optional: forgets it. Sealed in storage. One for a device: a user channel's message
  // counts for its device. not_found: never authenticated.
  virtual Status set_bootstrap_token(const EnrollmentId& id, std::optional<SecretBytes> token,
                                     Timestamp now) = 0;
  virtual Result<std::optional<SecretBytes>> bootstrap_token(const EnrollmentId& id) const = 0;
  // The last unlock token that a TokenUpdate of this channel brought since the last Authenticate.
  virtual Result<std::optional<SecretBytes>> unlock_token(const EnrollmentId& id) const = 0;

  // A user was asked to prove who it is: `challenge` replaces the one before, and its token the
  // AuthToken before. Creates the channel's enrollment (pending) if it is new. malformed: a device
  // channel. conflict: its device never authenticated, or is checked out.
  virtual Status challenge_user(const EnrollmentId& id, const UserChallenge& challenge) = 0;
  // The nonce that an answer must be made for; none when there is none, or it expired.
  virtual Result<std::optional<std::string>> user_nonce(const EnrollmentId& id,
                                                        Timestamp now) const = 0;
  // The nonce was answered rightly: it serves no second time. conflict: it is not the current one.
  virtual Status spend_user_nonce(const EnrollmentId& id, const std::string& nonce) = 0;
  // What this user's messages must carry since it was challenged; none if it never was since the
  // device's last Authenticate.
  virtual Result<std::optional<SecretBytes>> auth_token(const EnrollmentId& id) const = 0;

  // What another server knew of an enrollment (NanoMDM's /migration), told without the device: no
  // certificate is bound, no queue emptied, nothing forgotten. In any order: the device's and the
  // channel's enrollments are made when they are new. Once a certificate is bound to the device it
  // speaks for itself, and only what is not known yet is taken. conflict: the id is another
  // device's. malformed: Authenticate of a user channel.
  enum class Migrated { taken, known_already };
  virtual Result<Migrated> migrate_device(const EnrollmentId& id, const Authenticate& message,
                                          ByteView raw, Timestamp now) = 0;
  virtual Result<Migrated> migrate_push_token(const EnrollmentId& id, const TokenUpdate& message,
                                              ByteView raw, Timestamp now) = 0;
  virtual Result<Migrated> migrate_bootstrap_token(const EnrollmentId& id,
                                                   std::optional<SecretBytes> token) = 0;

  // Removes a channel that is not enrolled, a device's with those of its users: queue, answers to
  // commands, escrowed secrets, schedule of pushes. Its certificates stay bound to its id, so that
  // they never speak for another. In steps: while a device has very many answers, others are served
  // between. not_found. conflict, with a hint: it is enrolled, or blocked (which would be
  // forgotten). unavailable: a command for very many is being queued; see
  // CommandQueue::finish_enqueueing.
  virtual Status remove(std::string_view id, Timestamp now) = 0;

  // not_found: no such device channel. Survives a CheckOut; a block survives Authenticate too.
  virtual Status set_dismissal(std::string_view device_id, Dismissal dismissal) = 0;
  // One narrow row; none for a device that is not known.
  virtual Result<Dismissal> dismissal(std::string_view device_id) const = 0;

  // Cheap: kept in memory and written together every few seconds and at shutdown. The one thing
  // that a crash may lose.
  virtual void note_seen(const EnrollmentId& id, Timestamp now) = 0;

  virtual Result<std::optional<Enrollment>> find(std::string_view id) const = 0;
  // Ordered by id.
  virtual Result<Page<Enrollment>> list(const EnrollmentFilter& filter,
                                        const PageRequest& page) const = 0;

  // The topics that enrolled devices hold, with how many hold each: the guard on the fleet's
  // identity.
  struct TopicUse {
    std::string topic;
    std::int64_t enrolled = 0;
  };
  virtual Result<std::vector<TopicUse>> topics_in_use() const = 0;
};

}  // namespace bramley
