#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/mdm/checkin_message.h"

namespace bramley {

// One of the four things a device may ask (mdm.md trap 35): `tokens`, `declaration-items`,
// `status`, `declaration/KIND/ID`; the last with every part percent-encoded, slashes inside ID
// kept. malformed: anything else, so that no device chooses where a request goes.
Result<std::string> declaration_path(std::string_view endpoint);

struct DeclarationAnswer {
  int status = 200;
  std::string content_type;  // empty: not said
  Bytes body;
};

// Who answers DeclarativeManagement check-ins: a hook, or an engine of our own.
class DeclarationService {
 public:
  virtual ~DeclarationService() = default;
  // unavailable: no answer in time, too large a one, or too many questions at once. malformed: the
  // endpoint is none of the four. Never a status that would make a device leave (401, 403).
  virtual Result<DeclarationAnswer> answer(const EnrollmentId& enrollment,
                                           const DeclarativeManagement& question) = 0;
};

}  // namespace bramley
