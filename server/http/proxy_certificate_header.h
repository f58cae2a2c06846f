#pragma once

#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace bramley {

// The client certificate's DER out of the header that a TLS-terminating proxy sets, in any form the
// field uses:
//   RFC 9440 `:base64(DER):` · PEM, raw or with its line breaks as spaces, tabs or backslash-n ·
//   percent-encoded PEM (nginx `$ssl_client_escaped_cert`, AWS ALB with raw `+`) · bare base64 DER,
//   a chain joined by commas (Traefik 2 and 3) · Envoy XFCC (`Cert="…"` of its last element, which
//   the nearest proxy wrote).
// Of a chain the first certificate counts. The DER is not parsed here. malformed: none of these.
Result<Bytes> parse_proxy_certificate_header(std::string_view value);

}  // namespace bramley
