#pragma once

#include "core/base/log.h"
#include "core/net/http_message.h"
#include "server/http/device_authenticator.h"
#include "server/http/request_facts.h"
#include "server/service/mdm_service.h"

namespace bramley {

// What a device is answered for a failure. Never 401, nor 403 with `com.apple.unrecognized.device`:
// both make it remove its management (trap 3), which DismissalService alone may want.
int status_for_device(ErrorCode code);

// The device's door: check-ins and reports, at one URL or two.
class MdmHandler {
 public:
  MdmHandler(DeviceAuthenticator& authenticator, MdmService& service, Log& log)
      : authenticator_(authenticator), service_(service), log_(log) {}

  // Notes in `facts` what it learns: the message, whose it is, why it was refused.
  HttpResponse handle(const HttpRequest& request, RequestFacts& facts);
  HttpResponse handle(const HttpRequest& request) {
    RequestFacts facts;
    return handle(request, facts);
  }
  std::uint64_t body_limit(const HttpRequest& head) { return authenticator_.body_limit(head); }

 private:
  Result<HttpResponse> answer(const HttpRequest& request, RequestFacts& facts);
  Result<HttpResponse> answer_checkin(const AuthenticatedMessage& message,
                                      const CheckinMessage& checkin, RequestFacts& facts);
  HttpResponse device_error(const HttpRequest& request, const Error& error);

  DeviceAuthenticator& authenticator_;
  MdmService& service_;
  Log& log_;
};

}  // namespace bramley
