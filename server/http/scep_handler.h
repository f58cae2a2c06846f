#pragma once

#include "core/base/log.h"
#include "server/http/listener.h"
#include "server/service/scep_service.h"

namespace bramley {

// SCEP over HTTP (RFC 8894 §4): GetCACaps, GetCACert and PKIOperation by GET and POST at /scep;
// also at /scep/ and at /scep/pkiclient.exe, which clients append out of habit. The
// revocation list is at /scep/crl (RFC 5280; application/pkix-crl).
class ScepHandler : public HttpHandler {
 public:
  ScepHandler(ScepService& service, Log& log) : service_(service), log_(log) {}

  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;

 private:
  HttpResponse answer_revocation_list(const HttpRequest& request);
  HttpResponse answer_operation(std::string_view operation, const HttpRequest& request);
  HttpResponse answer_pki_operation(const HttpRequest& request);

  ScepService& service_;
  Log& log_;
};

// The pkiMessage in the query of a GET, however the client wrote its base64: `+` and `/` raw
// (Apple) or escaped, broken into lines, URL-safe, without padding, before or after `operation`.
// `+` is never a space here. malformed: no message, or no base64.
Result<Bytes> decode_pki_message_query(std::string_view raw_query);

}  // namespace bramley
