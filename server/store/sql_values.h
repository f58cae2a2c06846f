#pragma once

#include <optional>
#include <string>

#include "server/store/command_queue.h"
#include "server/store/enrollment_store.h"
#include "server/store/renewal_store.h"
#include "server/store/sql_query.h"
#include "server/store/token_store.h"

namespace bramley {

// How our values look in a column. The numbers are in databases out there: they never change.
// Private to the folder.

static_assert(static_cast<int>(EnrollmentState::pending) == 0);
static_assert(static_cast<int>(EnrollmentState::enrolled) == 1);
static_assert(static_cast<int>(EnrollmentState::checked_out) == 2);
static_assert(static_cast<int>(PushState::ok) == 0);
static_assert(static_cast<int>(PushState::unregistered) == 1);
static_assert(static_cast<int>(Dismissal::none) == 0);
static_assert(static_cast<int>(Dismissal::unenroll) == 1);
static_assert(static_cast<int>(Dismissal::block) == 2);
static_assert(static_cast<int>(EnrollmentType::device) == 0);
static_assert(static_cast<int>(EnrollmentType::user) == 1);
static_assert(static_cast<int>(EnrollmentType::shared_ipad) == 2);
static_assert(static_cast<int>(EnrollmentType::user_enrollment_device) == 3);
static_assert(static_cast<int>(EnrollmentType::user_enrollment) == 4);
static_assert(static_cast<int>(CommandState::pending) == 0);
static_assert(static_cast<int>(CommandState::not_now) == 1);
static_assert(static_cast<int>(CommandState::acknowledged) == 2);
static_assert(static_cast<int>(CommandState::error) == 3);
static_assert(static_cast<int>(CommandState::command_format_error) == 4);
static_assert(static_cast<int>(CommandState::other) == 5);
static_assert(static_cast<int>(CommandState::cleared) == 6);
static_assert(static_cast<int>(CommandState::expired) == 7);
static_assert(static_cast<int>(CommandState::cancelled) == 8);
static_assert(static_cast<int>(CommandState::stuck) == 9);
static_assert(static_cast<int>(RenewalState::due) == 0);
static_assert(static_cast<int>(RenewalState::sent) == 1);
static_assert(static_cast<int>(RenewalState::failed) == 2);
static_assert(static_cast<int>(RenewalState::proving) == 3);
static_assert(static_cast<int>(RenewalState::proven) == 4);
static_assert(static_cast<int>(RenewalState::done) == 5);
static_assert(static_cast<int>(RenewalState::cancelled) == 6);
static_assert(static_cast<int>(RenewalOrigin::expiry) == 0);
static_assert(static_cast<int>(RenewalOrigin::asked) == 1);
static_assert(static_cast<int>(RenewalOrigin::device) == 2);

static_assert(static_cast<int>(ApiRole::reader) == 1);
static_assert(static_cast<int>(ApiRole::operator_role) == 2);
static_assert(static_cast<int>(ApiRole::admin) == 3);

template <class Enum>
constexpr SqlNumber number_of(Enum value) {
  return static_cast<SqlNumber>(value);
}
template <class Enum>
constexpr Enum enum_of(SqlNumber number) {
  return static_cast<Enum>(number);
}

enum class SecretKind {
  authenticate = 0,
  token_update = 1,
  unlock_token = 2,
  bootstrap_token = 3,
  auth_token = 4
};

inline SqlNumber seconds_of(Timestamp time) {
  return time.time_since_epoch().count();
}
inline Timestamp time_of(SqlNumber seconds) {
  return Timestamp(std::chrono::seconds(seconds));
}
inline std::optional<Timestamp> time_of(std::optional<SqlNumber> seconds) {
  return seconds ? std::optional(time_of(*seconds)) : std::nullopt;
}

inline SqlText text_of(ByteView bytes) {
  return to_text(bytes);
}

}  // namespace bramley
