#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace bramley {

// The certificates that the server at an https URL shows, its own first, each as PEM and as the
// server sent them: nothing is judged, nothing is sent but the handshake (TLS 1.2 or newer).
// malformed: no https URL. unavailable: no connection, no TLS, or no certificates.
Result<std::vector<std::string>> fetch_tls_chain(const std::string& url,
                                                 std::chrono::milliseconds timeout);

}  // namespace bramley
