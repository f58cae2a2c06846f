#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/crypto/digest.h"
#include "core/mdm/device_facts.h"
#include "core/mdm/enrollment_id.h"
#include "core/plist/plist_value.h"

namespace bramley {

// A command as it goes to devices: `plist` is served byte for byte and never re-encoded (trap 25).
struct Command {
  std::string uuid;
  std::string request_type;
  Bytes plist;
};

// Reads CommandUUID and Command.RequestType. malformed: not a plist, one of them missing, empty,
// over 127 / 63 bytes or with control characters.
Result<Command> parse_command(ByteView document);

// A command with a fresh UUID: `parameters` are the keys beside RequestType. malformed as above.
Result<Command> make_command(std::string_view request_type, const PlistDictionary& parameters,
                             Random& random);

// The same with that UUID.
Result<Command> make_command(std::string_view request_type, const PlistDictionary& parameters,
                             std::string_view uuid);

enum class ReportStatus { idle, not_now, acknowledged, error, command_format_error, other };

// What a device says at the MDM URL.
struct CommandReport {
  EnrollmentId enrollment;
  ReportStatus status = ReportStatus::idle;
  // As sent; differs from the names above only for `other`, which is final too (trap 23).
  std::string status_text;
  // Empty for Idle.
  std::string command_uuid;
  // Byte for byte; may hold secrets: sealed in storage.
  Bytes raw;
  // Of the AuthToken that a user's message carries, its SHA-256; none without one.
  std::optional<Fingerprint> auth_token = {};
  // What followed '?' in the URL that it came to, as it came; whoever read the request sets it.
  std::string query = {};
  // What it tells of its device; without times, which whoever records it knows.
  DeviceFacts facts = {};

  // Whether it settles its command: neither Idle nor NotNow.
  [[nodiscard]] bool is_final() const {
    return status != ReportStatus::idle && status != ReportStatus::not_now;
  }
};

// malformed: not a plist dictionary, no Status, no id, no CommandUUID where there must be one.
Result<CommandReport> parse_report(ByteView document);

// One link of a report's ErrorChain.
struct ReportedError {
  std::int64_t code = 0;
  std::string domain;
  std::string description;  // US English when there, else localized
};
std::vector<ReportedError> error_chain(const PlistDictionary& report);

}  // namespace bramley
