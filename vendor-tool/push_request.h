#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace bramley {

// What Apple's push certificate portal takes (a `.req`): base64 of an XML property list with three
// strings, here as they stand in it.
struct PushRequest {
  std::string request;    // PushCertRequestCSR: base64 of the DER certificate request
  std::string chain;      // PushCertCertificateChain: PEM, the vendor's certificate first
  std::string signature;  // PushCertSignature: base64, by the vendor's key over that DER
};

// On one line, without a line break at the end. malformed: text that XML cannot carry.
Result<std::string> write_push_request(const PushRequest& request);

// A text in lines of 76 with CRLF, as e-mail carries base64 (RFC 2045 §6.8).
std::string wrap_for_mail(std::string_view text);

// A request as it was found, and how.
struct FoundPushRequest {
  PushRequest request;
  std::vector<std::string> absent;    // keys that are not there, or empty
  std::vector<std::string> as_data;   // keys whose value is <data>, whose base64 is taken
  std::vector<std::string> as_other;  // keys whose value is neither <string> nor <data>
  bool byte_order_mark = false;
  bool plain_xml = false;  // not in base64
};

// Reads a `.req` in any dress: wrapped, CRLF, a byte order mark (UTF-16 too), the XML without
// base64. malformed: something else, which the message names where it is a known mistake (a plain
// certificate request, the encrypted attachment, …), with the way out as its hint.
Result<FoundPushRequest> read_push_request(ByteView content);

}  // namespace bramley
