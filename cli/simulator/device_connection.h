#pragma once

#include <string>

#include "cli/simulator/simulation_statistics.h"
#include "core/base/clock.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"
#include "core/net/http_client.h"
#include "core/plist/plist_value.h"

namespace bramley {

enum class MessageKind { check_in, report };

// Apple, "Check-in requests" and "MDM commands": what a device calls its two kinds of bodies.
std::string_view content_type_of(MessageKind kind);

// How requests prove who sends them. A device whose profile says SignMessage does the first; the
// second leaves it to TLS, where the client must then have the device's certificate.
enum class Proof { mdm_signature, tls_certificate };

struct DeviceMessage {
  std::string name;  // for the statistics
  MessageKind kind;
  Bytes body;
};

// What a device signs with.
struct DeviceIdentityKey {
  const Certificate& certificate;
  const PrivateKey& key;
};

// A PUT with the right content type and, when asked for, the signature. Errors: signing failed.
Result<HttpRequest> make_device_request(const std::string& url, const DeviceMessage& message,
                                        const DeviceIdentityKey& identity, Proof proof,
                                        Timestamp now);

// Sends and counts. Errors, which begin with `name`: no answer came; any status is an answer.
Result<HttpResponse> send_counted(HttpClient& http, const HttpRequest& request,
                                  const std::string& name, SimulationStatistics& statistics);

}  // namespace bramley
