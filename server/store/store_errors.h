#pragma once

#include <string>

#include "core/base/result.h"

namespace bramley {

// The refusals that every store words alike. Private to the folder.

inline Error certificate_of_another(const std::string& device_id) {
  return {ErrorCode::conflict,
          "bind certificate to " + device_id + ": it is bound to another device"};
}
inline Error certificate_for_another(const std::string& device_id) {
  return {ErrorCode::forbidden,
          "bind certificate to " + device_id + ": it was issued for another device"};
}
inline Error certificate_revoked(const std::string& device_id) {
  return {ErrorCode::unauthenticated, "bind certificate to " + device_id + ": it is revoked"};
}
inline Error not_for_association(const std::string& device_id, std::string_view why) {
  return {ErrorCode::unauthenticated,
          "associate certificate with " + device_id + ": " + std::string(why)};
}
inline Error still_enrolled(const std::string& id) {
  return {ErrorCode::conflict, "remove " + id + ": it is enrolled",
          "unenroll it first: bramley device unenroll " + id + " --on-next-contact"};
}
inline Error removal_of_blocked(const std::string& id) {
  return {ErrorCode::conflict, "remove " + id + ": it is blocked, which would be forgotten",
          "unblock it first: bramley device unblock " + id};
}
inline Error removal_must_wait(const std::string& id) {
  return {ErrorCode::unavailable, "remove " + id + ": a command for many devices is being queued",
          "try again in a moment"};
}
inline Error signer_revoked() {
  return {ErrorCode::unauthenticated, "record certificate: the identity it renews is revoked"};
}
inline Error no_certificate(const std::string& fingerprint) {
  return {ErrorCode::not_found, "no certificate " + fingerprint};
}
inline Error authenticate_on_user_channel(const std::string& id) {
  return {ErrorCode::malformed, "begin enrollment of " + id + ": it is a user channel"};
}
// `UDID:UserID` is a string that another device could claim as its UDID.
inline Error id_of_another_device(const std::string& id) {
  return {ErrorCode::conflict, "record enrollment " + id + ": another device has it"};
}
inline Error never_authenticated(const std::string& device_id) {
  return {ErrorCode::conflict, "update push token: " + device_id + " never authenticated"};
}
inline Error device_checked_out(const std::string& device_id) {
  return {ErrorCode::conflict, "update push token: " + device_id + " is checked out"};
}
inline Error challenge_on_device_channel(const std::string& id) {
  return {ErrorCode::malformed, "challenge the user of " + id + ": it is a device channel"};
}
inline Error challenge_spent(const std::string& id) {
  return {ErrorCode::conflict, "authenticate " + id + ": that challenge is not the current one"};
}
inline Error no_device(const std::string& id) {
  return {ErrorCode::not_found, "no device " + id};
}
inline Error no_enrollment(const std::string& id) {
  return {ErrorCode::not_found, "no enrollment " + id};
}
inline Error not_enrolled(const std::string& id) {
  return {ErrorCode::conflict, "device " + id + " is not enrolled"};
}
inline Error no_renewal(const std::string& id) {
  return {ErrorCode::not_found, "no renewal of " + id + " waits for that command"};
}
inline Error no_event(std::int64_t number) {
  return {ErrorCode::not_found, "no event " + std::to_string(number)};
}
inline Error no_webhook(std::string_view id) {
  return {ErrorCode::not_found, "no webhook " + std::string(id)};
}
inline Error webhook_exists(std::string_view what, std::string_view value) {
  return {ErrorCode::conflict,
          "a webhook has the " + std::string(what) + " '" + std::string(value) + "' already",
          "change that one, or remove it"};
}
inline Error too_many_webhooks(std::size_t most) {
  return {ErrorCode::conflict, "there are " + std::to_string(most) + " webhooks already",
          "remove one"};
}
inline Error webhook_moved(std::string_view id) {
  return {ErrorCode::conflict, "webhook " + std::string(id) + " was taken over or replayed"};
}
inline Error enrollment_checked_out(const std::string& id) {
  return {ErrorCode::conflict, "enrollment " + id + " is checked out"};
}
inline Error no_command(std::string_view uuid) {
  return {ErrorCode::not_found, "no command " + std::string(uuid)};
}
inline Error command_exists(const std::string& uuid) {
  return {ErrorCode::conflict, "enqueue command: " + uuid + " exists already",
          "a CommandUUID must be new"};
}
inline Error no_targets() {
  return {ErrorCode::malformed, "enqueue command: no enrollment named"};
}
inline Error challenge_refused() {
  return {ErrorCode::unauthenticated, "check challenge: unknown, spent or expired"};
}
inline Error token_refused() {
  return {ErrorCode::unauthenticated, "redeem enrollment token: unknown, used up or expired"};
}
inline Error no_enrollment_token(std::string_view id) {
  return {ErrorCode::not_found, "no enrollment token " + std::string(id)};
}
inline Error no_token(const std::string& id) {
  return {ErrorCode::not_found, "no token " + id, "'bramley token list' shows them"};
}
inline Error recorded_already(std::string_view what) {
  return {ErrorCode::conflict, std::string(what) + " is recorded already"};
}

}  // namespace bramley
