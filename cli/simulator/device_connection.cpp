#include "cli/simulator/device_connection.h"

#include <chrono>

#include "core/crypto/mdm_signature.h"

namespace bramley {

std::string_view content_type_of(MessageKind kind) {
  return kind == MessageKind::check_in ? "application/x-apple-aspen-mdm-checkin"
                                       : "application/x-apple-aspen-mdm";
}

Result<HttpRequest> make_device_request(const std::string& url, const DeviceMessage& message,
                                        const DeviceIdentityKey& identity, Proof proof,
                                        Timestamp now) {
  HttpRequest request;
  request.method = "PUT";
  request.target = url;
  request.body = message.body;
  request.headers.add("Content-Type", std::string(content_type_of(message.kind)));
  if (proof == Proof::mdm_signature) {
    TRY_ASSIGN(auto signature,
               make_mdm_signature(message.body, identity.certificate, identity.key, now));
    request.headers.add("Mdm-Signature", std::move(signature));
  }
  return request;
}

Result<HttpResponse> send_counted(HttpClient& http, const HttpRequest& request,
                                  const std::string& name, SimulationStatistics& statistics) {
  const auto start = std::chrono::steady_clock::now();
  auto response = http.send(request);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  if (!response) {
    statistics.record_no_answer(name);
    return std::move(response).error().while_doing(name);
  }
  statistics.record_answer(name, response->status, took);
  return response;
}

}  // namespace bramley
