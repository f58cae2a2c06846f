#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// "ACTIVITY: REASON; REASON" with everything in OpenSSL's queue of this thread, which is empty
// afterwards. Whoever sees an OpenSSL call fail drains the queue there and then: an entry left
// behind would be blamed on the next, innocent call.
Error openssl_error(ErrorCode code, std::string_view activity);

// For a failure that is an answer (and not an error): empties the queue.
void forget_openssl_errors();

}  // namespace bramley
