#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/net/http_message.h"

namespace bramley {

// What a SCEP server says about itself, as a client reads it (RFC 8894 §3.5 and §4.2).

using ScepCapabilities = std::set<std::string, std::less<>>;
// GetCACaps: one capability a line, compared exactly, as Apple does (scep-dep trap 11).
ScepCapabilities parse_scep_capabilities(std::string_view text);

// GetCACert: the CA, alone or with its registration authorities. malformed: neither, or of another
// media type.
Result<std::vector<Certificate>> parse_scep_ca_certificates(const HttpResponse& answer);

}  // namespace bramley
