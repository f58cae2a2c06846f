#include "core/mdm/enrollment_id.h"

#include <array>
#include <utility>

#include "core/mdm/name_field.h"

namespace bramley {
namespace {

constexpr std::size_t longest_id = 255;
// What a Shared iPad sends as UserID for every user; the short name tells them apart.
constexpr std::string_view shared_ipad_user_id = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF";

constexpr std::array<std::pair<EnrollmentType, std::string_view>, 5> type_names = {
    {{EnrollmentType::device, "Device"},
     {EnrollmentType::user, "User"},
     {EnrollmentType::shared_ipad, "Shared iPad"},
     {EnrollmentType::user_enrollment_device, "User Enrollment (Device)"},
     {EnrollmentType::user_enrollment, "User Enrollment"}}};

// Empty when the key is absent.
Result<std::string> id_part(const PlistDictionary& message, std::string_view key) {
  return name_field(message, key, longest_id);
}

struct Parts {
  EnrollmentType type;
  std::string device;
  std::string user;
};

Result<Parts> udid_parts(const PlistDictionary& message, std::string udid) {
  TRY_ASSIGN(auto user, id_part(message, "UserID"));
  if (user.empty()) {
    return Parts{EnrollmentType::device, std::move(udid), {}};
  }
  if (user != shared_ipad_user_id) {
    return Parts{EnrollmentType::user, std::move(udid), std::move(user)};
  }
  TRY_ASSIGN(auto short_name, id_part(message, "UserShortName"));
  if (short_name.empty()) {
    return Error{ErrorCode::malformed, "a user of a Shared iPad without UserShortName"};
  }
  return Parts{EnrollmentType::shared_ipad, std::move(udid), std::move(short_name)};
}

Result<Parts> id_parts(const PlistDictionary& message) {
  TRY_ASSIGN(auto udid, id_part(message, "UDID"));
  if (!udid.empty()) {
    return udid_parts(message, std::move(udid));
  }
  TRY_ASSIGN(auto enrollment, id_part(message, "EnrollmentID"));
  if (enrollment.empty()) {
    return Error{ErrorCode::malformed, "neither UDID nor EnrollmentID"};
  }
  TRY_ASSIGN(auto user, id_part(message, "EnrollmentUserID"));
  const auto type =
      user.empty() ? EnrollmentType::user_enrollment_device : EnrollmentType::user_enrollment;
  return Parts{type, std::move(enrollment), std::move(user)};
}

}  // namespace

std::string_view enrollment_type_name(EnrollmentType type) {
  for (const auto& [candidate, name] : type_names) {
    if (candidate == type) {
      return name;
    }
  }
  return {};
}

Result<EnrollmentType> parse_enrollment_type(std::string_view name) {
  for (const auto& [type, candidate] : type_names) {
    if (candidate == name) {
      return type;
    }
  }
  return Error{ErrorCode::malformed, "not an enrollment type: " + std::string(name.substr(0, 64))};
}

Result<EnrollmentId> EnrollmentId::from_plist(const PlistDictionary& message) {
  auto parts = id_parts(message);
  if (!parts) {
    return std::move(parts).error().while_doing("read the enrollment id");
  }
  // Or a device that calls itself "A:B" would own the queue of A's user B.
  if (parts->device.find(':') != std::string::npos) {
    return Error{ErrorCode::malformed, "read the enrollment id: a colon in the device's part"};
  }
  std::string value = parts->user.empty() ? parts->device : parts->device + ":" + parts->user;
  if (value.size() > longest_id) {
    return Error{ErrorCode::malformed, "read the enrollment id: longer than 255 bytes"};
  }
  return EnrollmentId(parts->type, std::move(value), std::move(parts->device));
}

EnrollmentId EnrollmentId::device(std::string udid) {
  std::string value = udid;
  return {EnrollmentType::device, std::move(value), std::move(udid)};
}

EnrollmentId EnrollmentId::user(std::string udid, std::string user_id) {
  std::string value = udid + ":" + user_id;
  return {EnrollmentType::user, std::move(value), std::move(udid)};
}

EnrollmentId EnrollmentId::restore(EnrollmentType type, std::string id, std::string device_id) {
  return {type, std::move(id), std::move(device_id)};
}

EnrollmentId EnrollmentId::device_channel() const {
  const bool is_user_enrollment =
      type_ == EnrollmentType::user_enrollment || type_ == EnrollmentType::user_enrollment_device;
  return {is_user_enrollment ? EnrollmentType::user_enrollment_device : EnrollmentType::device,
          device_value_, device_value_};
}

}  // namespace bramley
