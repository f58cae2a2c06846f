#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/crypto/certificate_request.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

// RFC 2253 with everything but printable ASCII escaped. Empty for an empty name.
std::string name_text(const X509_NAME* name);

// The last, which is the most specific, attribute of this NID as UTF-8.
std::optional<std::string> name_attribute(const X509_NAME* name, int nid);

// malformed: an unknown type, or a value that X.520 does not allow there.
Result<NameHandle> make_name(const std::vector<NameAttribute>& attributes);

// malformed: not one Name in DER, or bytes after it.
Result<NameHandle> parse_name(ByteView der);

}  // namespace bramley
