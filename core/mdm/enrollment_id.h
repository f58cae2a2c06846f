#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/plist/plist_value.h"

namespace bramley {

// Which of Apple's channels a message came on (mdm.md §1.4).
enum class EnrollmentType { device, user, shared_ipad, user_enrollment_device, user_enrollment };

// NanoMDM's names: "Device", "User", "Shared iPad", "User Enrollment (Device)", "User Enrollment".
std::string_view enrollment_type_name(EnrollmentType type);
Result<EnrollmentType> parse_enrollment_type(std::string_view name);

// Who sent a message, normalised so that one string names one queue: `UDID`, `UDID:UserID`,
// `UDID:UserShortName` on Shared iPad, `EnrollmentID`, `EnrollmentID:EnrollmentUserID`. UDID wins
// over EnrollmentID. No case folding.
class EnrollmentId {
 public:
  // Reads the id keys of a check-in or a report. malformed: none, one that is no string or holds
  // control characters, a Shared iPad user without a short name, a colon in the device's part, a
  // value of more than 255 bytes.
  static Result<EnrollmentId> from_plist(const PlistDictionary& message);
  static EnrollmentId device(std::string udid);
  static EnrollmentId user(std::string udid, std::string user_id);
  // What a store kept: type and the two strings.
  static EnrollmentId restore(EnrollmentType type, std::string id, std::string device_id);

  [[nodiscard]] EnrollmentType type() const { return type_; }
  [[nodiscard]] const std::string& value() const { return value_; }
  // The device part, which owns the identity certificate: value() itself on a device channel.
  [[nodiscard]] const std::string& device_value() const { return device_value_; }
  [[nodiscard]] bool is_device_channel() const {
    return type_ == EnrollmentType::device || type_ == EnrollmentType::user_enrollment_device;
  }
  // The device channel that a user channel belongs to; itself for a device channel.
  [[nodiscard]] EnrollmentId device_channel() const;

  auto operator<=>(const EnrollmentId&) const = default;

 private:
  EnrollmentId(EnrollmentType type, std::string value, std::string device_value)
      : type_(type), value_(std::move(value)), device_value_(std::move(device_value)) {}
  EnrollmentType type_;
  std::string value_;
  std::string device_value_;
};

}  // namespace bramley
