#pragma once

#include <filesystem>

#include "core/base/clock.h"
#include "core/base/random.h"
#include "server/http/listener.h"

namespace bramley {

struct LocalTls {
  TlsFiles files;
  bool made = false;  // now, and not found
};
// A self-signed certificate for localhost, 127.0.0.1 and ::1 in DIRECTORY (server.pem, server.key),
// made when it is missing or within a month of its end. For trying things out on one machine:
// devices that enroll are given it as a root.
Result<LocalTls> local_tls(const std::filesystem::path& directory, const Clock& clock,
                           Random& random);

}  // namespace bramley
