// Whether SCEP answers devices, and as whom.

#include <algorithm>

#include "cli/connection.h"
#include "cli/doctor/examination.h"
#include "core/scep/scep_answers.h"

namespace bramley {
namespace {

constexpr const char* check = "scep";

Result<HttpResponse> ask(HttpClient& http, const std::string& url, const std::string& operation) {
  HttpRequest request;
  request.method = "GET";
  request.target = url + "?operation=" + operation;
  TRY_ASSIGN(auto answer, http.send(request));
  if (answer.status != 200) {
    return Error{ErrorCode::unavailable,
                 operation + ": the server answered " + std::to_string(answer.status),
                 "is SCEP on ('bramley serve --scep on'), and does the proxy in front pass /scep?"};
  }
  return answer;
}

void judge_authority(Examination& patient, const std::string& url, const Certificate& authority) {
  if (patient.scep_authority && *patient.scep_authority != authority) {
    patient.fault(
        check, url,
        "GetCACert shows another CA than the one in the credentials: " + authority.subject(),
        "look at the directory that the server uses, or restore its CA there");
  }
  judge_dates(patient, check, url, "SCEP CA that the server shows", authority,
              "renew it with the same key, so that devices keep their identities");
}

Status judge_certificates(Examination& patient, HttpClient& http, const std::string& url) {
  TRY_ASSIGN(const auto answer, ask(http, url, "GetCACert"));
  TRY_ASSIGN(const auto certificates, parse_scep_ca_certificates(answer));
  const auto authority = std::ranges::find_if(
      certificates, [](const Certificate& certificate) { return certificate.is_ca(); });
  if (authority == certificates.end()) {
    return Error{ErrorCode::malformed, "GetCACert: no CA certificate in the answer"};
  }
  judge_authority(patient, url, *authority);
  return {};
}

Status judge_capabilities(Examination& patient, HttpClient& http, const std::string& url) {
  TRY_ASSIGN(const auto answer, ask(http, url, "GetCACaps"));
  const auto capabilities = parse_scep_capabilities(as_text(answer.body));
  std::string missing;
  for (const std::string_view wanted : {"POSTPKIOperation", "SHA-256", "AES"}) {
    if (!capabilities.contains(wanted)) {
      missing += (missing.empty() ? "" : ", ") + std::string(wanted);
    }
  }
  if (missing.empty()) {
    patient.ok(check, url, "GetCACert and GetCACaps answer");
  } else {
    patient.warn(check, url, "GetCACaps does not offer " + missing,
                 "devices then fall back to SHA-1, 3DES or GET: does a proxy change the answer?");
  }
  return {};
}

}  // namespace

void check_scep(Examination& patient) {
  if (patient.options().offline || !patient.server) {
    return;  // check_server has said why
  }
  if (!patient.server->public_url.empty() && !patient.server->scep) {
    patient.skip(check, patient.server->base_url, "the server does without SCEP");
    return;
  }
  const std::string url = patient.public_url() + "/scep";
  auto options = server_http_options(patient.session());
  if (!options) {
    patient.fault(check, url, options.error(), "give --ca-file the CA of the server");
    return;
  }
  // No credential: devices have none either.
  const auto http = patient.session().surroundings().make_http(*std::move(options));
  for (const auto judge : {judge_certificates, judge_capabilities}) {
    if (const Status judged = judge(patient, *http, url); !judged) {
      patient.fault(check, url, judged.error(), "does a proxy in front change what /scep answers?");
      return;
    }
  }
}

}  // namespace bramley
