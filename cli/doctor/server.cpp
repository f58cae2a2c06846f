// What the running server says about itself.

#include <nlohmann/json.hpp>

#include "cli/connection.h"
#include "cli/doctor/examination.h"
#include "core/base/version.h"

namespace bramley {
namespace {

constexpr std::chrono::seconds tolerated_clock{30};

void judge_clock(Examination& patient, const std::string& url, const HttpResponse& response) {
  const auto field = response.headers.find("Date");
  const auto theirs =
      field ? parse_http_date(*field)
            : Result<Timestamp>(Error{ErrorCode::malformed, "the server says no date"});
  if (!theirs) {
    patient.skip("clock", url, theirs.error().message);
    return;
  }
  const std::chrono::seconds apart = patient.now() - *theirs;
  const std::string distance = format_duration(apart < std::chrono::seconds(0) ? -apart : apart);
  if (apart > tolerated_clock || -apart > tolerated_clock) {
    patient.fault("clock", url,
                  "the server's clock and this machine's are " + distance + " apart: it says " +
                      format_rfc3339(*theirs),
                  "set both by NTP: certificates and challenges are judged by it");
  } else {
    patient.ok("clock", url, "the server's clock agrees with this machine's");
  }
}

// Database reachable and migrated, SCEP CA in its dates: all of it is what /readyz asks.
void judge_readiness(Examination& patient, const std::string& url, const HttpResponse& response) {
  if (response.status == 200) {
    patient.ok("ready", url, "the server is ready: its database answers");
    return;
  }
  std::string reasons;
  const auto document = parse_json(as_text(response.body));
  for (const Json& reason : document ? array_member(*document, "reasons") : Json::array()) {
    reasons += (reasons.empty() ? "" : ", ") +
               (reason.is_string() ? reason.get<std::string>() : std::string("?"));
  }
  patient.fault("ready", url,
                "the server is not ready: " +
                    (reasons.empty() ? "/readyz says " + std::to_string(response.status) : reasons),
                "its log says more");
}

void judge_identity(Examination& patient, const ServerWord& word) {
  const std::string& told = patient.places().url;
  if (!told.empty() && told != word.public_url) {
    patient.fault("server_url", word.base_url,
                  "the server is known to devices as " + word.public_url + ", not as " + told,
                  "devices keep the URL that they enrolled with: start it with --url " + told +
                      " if that is theirs");
  } else {
    patient.ok("server_url", word.base_url, "devices know the server as " + word.public_url);
  }
  if (patient.scep_authority && !word.ca_sha256.empty() &&
      patient.scep_authority->fingerprint().hex() != word.ca_sha256) {
    patient.fault("server_ca", word.base_url,
                  "the server's SCEP CA is another one than that in " +
                      patient.places().credentials_dir.string(),
                  "look at the directory that the server uses, or restore its CA there");
  }
}

void judge_version(Examination& patient, const std::string& url, const std::string& version) {
  if (version != program_version) {
    patient.warn("version", url,
                 "the server is bramley " + version + ", this is " + std::string(program_version),
                 "use the same version on both sides");
  }
}

void ask_about_itself(Examination& patient, ApiClient& api) {
  const auto answer = api.get({"/api/v1/server"});
  ServerWord word;
  word.base_url = api.base_url();
  if (!answer) {
    patient.fault("api", api.base_url(), answer.error(),
                  "give the address of a bramley server, and its API key with --token");
    patient.server = std::move(word);
    return;
  }
  patient.ok("api", api.base_url(), "the API key is the server's");
  word.public_url = text_member(*answer, "url");
  word.ca_sha256 = text_member(*answer, "ca_sha256");
  const Json scep = any_member(*answer, "scep");
  word.scep = scep.is_boolean() && scep.get<bool>();
  judge_version(patient, api.base_url(), text_member(*answer, "version"));
  judge_identity(patient, word);
  patient.server = std::move(word);
}

void judge_push_item(Examination& patient, const Json& item) {
  const std::string topic = text_member(item, "topic");
  const std::string subject = topic.empty() ? text_member(item, "location") : topic;
  const std::string account = text_member(item, "apple_account");
  const std::string renew = "renew it at identity.apple.com as " +
                            (account.empty() ? "the Apple Account that made it" : account) +
                            ": choose Renew, not Create, or every device is lost";
  if (const std::string fault = text_member(item, "fault"); !fault.empty()) {
    patient.fault("server_push_certificate", subject, fault,
                  "import the pair again with 'bramley push-cert import'");
  }
  const auto until = parse_rfc3339(text_member(item, "not_after"));
  if (!topic.empty()) {
    patient.server->topics.push_back(topic);
  }
  if (until) {
    judge_dates(patient, "server_push_certificate", subject, "server's push certificate",
                Timestamp::min(), *until, renew);
  }
}

// In the same conversation: the key may come from standard input, which can be read once.
void ask_about_push_certificates(Examination& patient, ApiClient& api) {
  std::size_t count = 0;
  const Status listed =
      api.each_page({"/api/v1/push-certificates"}, "push_certificates", [&](const Json& items) {
        for (const Json& item : items) {
          judge_push_item(patient, item);
          ++count;
        }
        return true;
      });
  if (!listed) {
    patient.fault("server_push_certificate", api.base_url(), listed.error(), "its log says more");
  } else if (count == 0) {
    patient.warn("server_push_certificate", api.base_url(),
                 "the server has no push certificate, so it reaches no device",
                 "import one into its credentials directory with 'bramley push-cert import'");
  }
}

CommandResult talk(Examination& patient, ApiClient& api) {
  const auto ready = api.send("GET", "/readyz", {}, {});
  if (!ready) {
    patient.fault("ready", api.base_url(), ready.error(), "is the server running?");
    return ExitCode::done;
  }
  judge_readiness(patient, api.base_url(), *ready);
  judge_clock(patient, api.base_url(), *ready);
  ask_about_itself(patient, api);
  // Without its word about itself its lists are closed to us, too.
  if (!patient.server->public_url.empty()) {
    ask_about_push_certificates(patient, api);
  }
  return ExitCode::done;
}

}  // namespace

void check_server(Examination& patient) {
  if (patient.options().offline) {
    patient.skip("server", "", "not asked: --offline", "run it without --offline");
    return;
  }
  if (!is_server_named(patient.session())) {
    patient.skip("server", "", "no server is known",
                 "give --server URL, or make a context with 'bramley context set'");
    return;
  }
  const CommandResult result =
      with_server(patient.session(), [&](ApiClient& api) { return talk(patient, api); });
  if (result.error()) {
    patient.fault("server", patient.session().flags().server, *result.error(),
                  "'bramley context list' shows the servers that are known");
  }
}

}  // namespace bramley
