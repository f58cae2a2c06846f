// Whether Apple's push service can be reached, and takes the certificate.

#include <nlohmann/json.hpp>

#include "cli/doctor/examination.h"
#include "cli/input.h"

namespace bramley {
namespace {

constexpr const char* check = "apns";
constexpr std::size_t roots_limit = 4U << 20U;
constexpr std::string_view firewall_hint =
    "let this machine open connections to Apple's network, 17.0.0.0/8, port 443 or 2197";

constexpr std::string_view interception_hint =
    "something on the way opens TLS in Apple's place: let connections to 17.0.0.0/8 through as "
    "they "
    "are";
constexpr std::string_view renewal_hint =
    "renew it at identity.apple.com, and import what the portal gives out";

// A device that cannot exist: Apple then judges the certificate and says so, and nobody is pushed.
const std::string& nobodys_token() {
  static const std::string token(64, '0');
  return token;
}

HttpRequest push_to_nobody(const std::string& url, const std::string& topic) {
  HttpRequest request;
  request.method = "POST";
  request.target = url + "/3/device/" + nobodys_token();
  request.headers = {{"apns-topic", topic}, {"apns-push-type", "mdm"}, {"apns-expiration", "0"}};
  request.body = to_bytes(std::string_view(R"({"mdm":""})"));
  return request;
}

void judge_answer(Examination& patient, const PushPair& pair, const HttpResponse& response) {
  const auto document = parse_json(as_text(response.body));
  const std::string reason = document ? text_member(*document, "reason") : std::string();
  const std::string said = std::to_string(response.status) + (reason.empty() ? "" : " " + reason);
  if (response.status == 400 && reason == "BadDeviceToken") {
    patient.ok(check, pair.topic, "Apple takes the certificate for this topic");
  } else if (response.status == 403 || reason == "TopicDisallowed" || reason == "BadTopic" ||
             reason == "MissingTopic") {
    patient.fault(check, pair.topic, "Apple refuses the certificate: " + said,
                  std::string(renewal_hint));
  } else {
    patient.warn(check, pair.topic, "Apple answers " + said,
                 "try again later; Apple's system status: apple.com/support/systemstatus");
  }
}

Result<HttpClientOptions> options_for(Examination& patient, const PushPair& pair) {
  HttpClientOptions options;
  options.version = HttpClientOptions::Version::http_2;
  options.total_timeout = patient.session().flags().timeout;
  if (!patient.places().apns_ca.empty()) {
    TRY_ASSIGN(const Bytes roots, read_input_file(patient.places().apns_ca, roots_limit));
    options.ca_pem = to_text(roots);
  }
  options.proxy = patient.places().apns_proxy;
  TRY_ASSIGN(SecretBytes key, pair.key->to_pem());
  options.certificate_pem = pair.certificate.pem();
  options.key_pem = std::make_shared<const SecretBytes>(std::move(key));
  return options;
}

bool is_way_open(Examination& patient) {
  return patient.session()
      .surroundings()
      .fetch_tls_chain(patient.places().apns_url, patient.session().flags().timeout)
      .has_value();
}

void judge_failure(Examination& patient, const PushPair& pair, const Error& error) {
  std::string hint(firewall_hint);
  if (error.code == ErrorCode::unauthenticated) {
    // A hint is about the certificate that the other side showed.
    hint = error.hint.empty() ? renewal_hint : interception_hint;
  } else if (is_way_open(patient)) {
    // Who refuses a certificate may hang up before that is read.
    hint = error.hint.empty() ? "try again; if it stays so, Apple refuses the certificate: " +
                                    std::string(renewal_hint)
                              : error.hint;
  }
  patient.fault(check, pair.topic, "Apple's push service: " + error.message, std::move(hint));
}

void try_certificate(Examination& patient, const PushPair& pair) {
  auto options = options_for(patient, pair);
  if (!options) {
    patient.fault(check, pair.topic, options.error(), "name a file with roots in PEM");
    return;
  }
  const auto http = patient.session().surroundings().make_http(*std::move(options));
  const auto answer = http->send(push_to_nobody(patient.places().apns_url, pair.topic));
  if (answer) {
    judge_answer(patient, pair, *answer);
  } else {
    judge_failure(patient, pair, answer.error());
  }
}

// Without a certificate here, at least the way there.
void try_connection(Examination& patient) {
  const std::string& url = patient.places().apns_url;
  const auto shown =
      patient.session().surroundings().fetch_tls_chain(url, patient.session().flags().timeout);
  if (shown) {
    patient.ok(check, url,
               "Apple's push service can be reached; no certificate was tried, for none is here");
  } else {
    patient.fault(check, url, shown.error().message, std::string(firewall_hint));
  }
}

}  // namespace

void check_apns(Examination& patient) {
  if (patient.options().offline) {
    patient.skip(check, patient.places().apns_url, "not tried: --offline",
                 "run it without --offline");
    return;
  }
  bool tried = false;
  for (const PushPair& pair : patient.push) {
    // What was a fault already would only be said again by Apple.
    if (pair.key && pair.certificate.is_valid_at(patient.now())) {
      patient.session().progress("asking Apple's push service…");
      try_certificate(patient, pair);
      tried = true;
    }
  }
  if (!tried) {
    try_connection(patient);
  }
}

}  // namespace bramley
