#pragma once

#include <string>
#include <vector>

#include "core/crypto/certificate.h"

namespace bramley {

// The iPAddress entries of subjectAltName, as text.
std::vector<std::string> ip_addresses_of(const Certificate& certificate);

}  // namespace bramley
