#pragma once

#include <string>

#include "server/store/enrollment_store.h"

namespace bramley {

// Why an enrollment cannot be pushed, worded alike by every store; none: it can. Private to the
// folder.
inline std::optional<Error> push_refusal(const std::string& id, EnrollmentState state,
                                         PushState push_state, bool has_token) {
  if (state == EnrollmentState::checked_out) {
    return Error{ErrorCode::conflict, "push to " + id + ": it is checked out"};
  }
  if (state != EnrollmentState::enrolled || !has_token) {
    return Error{ErrorCode::conflict, "push to " + id + ": it has sent no push token yet"};
  }
  if (push_state == PushState::unregistered) {
    return Error{ErrorCode::conflict,
                 "push to " + id + ": Apple says that its push token is no longer good",
                 "the device sends a new one when it connects"};
  }
  return std::nullopt;
}

}  // namespace bramley
