#pragma once

#include <string>

#include "core/base/encoding.h"
#include "server/store/store.h"
#include "tests/support/fake_credentials.h"

namespace bramley {

inline constexpr const char* test_topic = "com.apple.mgmt.External.test";

// Puts an enrolled device into a store, as its messages would. Returns the id that names it.
inline std::string enroll_device(Store& store, const std::string& udid, Timestamp now) {
  const EnrollmentId id = EnrollmentId::device(udid);
  Authenticate authenticate;
  authenticate.topic = test_topic;
  authenticate.serial_number = "SERIAL-" + udid;
  authenticate.device_name = "Mac of " + udid;
  authenticate.model = "Mac15,3";
  const DeviceIdentity identity{test_certificate({{"CN", udid}})};
  EnrollmentStore& enrollments = store.enrollments();
  const Status begun = enrollments.begin_enrollment(id, authenticate, {}, identity, now);
  TokenUpdate update;
  update.topic = test_topic;
  update.push_magic = "magic-" + udid;
  update.token = {0xAB, 0xCD};
  const Status updated = enrollments.update_push_token(id, update, {}, now);
  return begun && updated ? udid : "could not enroll " + udid;
}

inline std::string test_command(const std::string& uuid,
                                const std::string& request_type = "DeviceInformation") {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>"
         "<key>Command</key><dict><key>RequestType</key><string>" +
         request_type + "</string></dict><key>CommandUUID</key><string>" + uuid +
         "</string></dict></plist>\n";
}

// What a device sends about a command.
inline CommandReport test_report(const std::string& udid, const std::string& uuid,
                                 const std::string& status, const std::string& more_keys = "") {
  const std::string plist =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>"
      "<key>CommandUUID</key><string>" +
      uuid + "</string><key>Status</key><string>" + status + "</string><key>UDID</key><string>" +
      udid + "</string>" + more_keys + "</dict></plist>\n";
  return *parse_report(as_bytes(plist));
}

}  // namespace bramley
