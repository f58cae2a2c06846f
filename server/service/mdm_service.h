#pragma once

#include <optional>

#include "core/mdm/checkin_message.h"
#include "core/mdm/command.h"
#include "core/mdm/device_identity.h"

namespace bramley {

// What a device is told after a check-in.
struct CheckinReply {
  enum class Kind {
    done,           // 200, empty
    body,           // 200 with `plist`
    user_declined,  // 410: no MDM for this user; the device stays enrolled (trap 18)
    declarations,   // what a DeclarationService said: `status`, `content_type`, `plist` as its body
    dismissed,      // 403 with com.apple.unrecognized.device: the device removes its management
  };
  Kind kind = Kind::done;
  Bytes plist = {};
  int status = 200;
  std::string content_type = {};
};

// What a device is told after a report: the next command if there is one, or that it is dismissed.
struct ReportReply {
  std::optional<Command> command = {};
  bool is_dismissed = false;
};

// What happens when a device speaks. Two methods, nine messages: a decorator is short.
class MdmService {
 public:
  virtual ~MdmService() = default;
  virtual Result<CheckinReply> check_in(const DeviceIdentity& device,
                                        const CheckinMessage& message) = 0;
  // The next command, if there is one. Everything that the device was told about is durable when
  // this returns.
  virtual Result<ReportReply> report(const DeviceIdentity& device, const CommandReport& report) = 0;
};

}  // namespace bramley
