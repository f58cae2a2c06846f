#pragma once

#include <memory>
#include <optional>
#include <semaphore>
#include <string>

#include "core/base/secret_bytes.h"
#include "core/net/curl_http_client.h"
#include "server/service/declaration_service.h"

namespace bramley {

// Hands declarative management to another server as NanoMDM does: GET, or PUT with the device's
// data, at the base URL and the endpoint, with X-Enrollment-ID, -Type and (for users) -ParentID,
// and X-Hmac-Signature: base64 of the HMAC-SHA256 of the body, both ways if there are keys.
class DeclarationHook : public DeclarationService {
 public:
  struct Options {
    std::string base_url;  // a slash is put at its end when it has none
    std::optional<SecretBytes> send_key;
    std::optional<SecretBytes> receive_key;
  };
  // Questions that may be under way at once: workers are left for other devices.
  static constexpr std::ptrdiff_t most_at_once = 8;
  // The bounds of one answer, in time and size: what the client is to be made with.
  static HttpClientOptions http_options();

  DeclarationHook(Options options, std::unique_ptr<HttpClient> http);

  Result<DeclarationAnswer> answer(const EnrollmentId& enrollment,
                                   const DeclarativeManagement& question) override;

 private:
  [[nodiscard]] HttpRequest request_for(const EnrollmentId& enrollment, std::string_view path,
                                        const Bytes& data) const;
  [[nodiscard]] Status check_signature(const HttpResponse& response) const;

  Options options_;
  std::unique_ptr<HttpClient> http_;
  std::counting_semaphore<most_at_once> free_{most_at_once};
};

}  // namespace bramley
