#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/simulator/simulated_device.h"
#include "core/base/encoding.h"
#include "core/crypto/mdm_signature.h"
#include "core/mdm/checkin_message.h"
#include "core/mdm/command.h"
#include "core/mdm/enrollment_profile.h"
#include "core/scep/scep_message.h"
#include "tests/support/scep_fixture.h"

namespace bramley {

// A server just large enough for devices: SCEP, check-ins and a queue for each device, in memory.
// It holds devices to what Apple's would do, and keeps what they sent for tests to look at.
class FakeMdmServer {
 public:
  static constexpr const char* origin = "https://mdm.example.com";

  FakeMdmServer() : authority_(load_test_authority()) {}

  // What the devices' clients do with a request. `tls_certificate`: PEM of the client, or empty.
  Result<HttpResponse> answer(const HttpRequest& request, const std::string& tls_certificate) {
    const std::lock_guard lock(mutex_);
    if (failure) {
      return *failure;
    }
    const std::string target = request.target.substr(std::string(origin).size());
    if (target.starts_with("/scep?operation=")) {
      return answer_scep(target.substr(16), request);
    }
    if (target == "/enroll") {
      ++profiles_given;
      return reply(200, profile());
    }
    return target == "/mdm" ? answer_device(request, tls_certificate) : reply(404, {});
  }

  [[nodiscard]] Bytes profile() const {
    EnrollmentProfileTerms terms;
    terms.organization = "Example";
    terms.server_url = origin;
    terms.topic = "com.apple.mgmt.External.test";
    terms.scep_challenge = SecretBytes(std::string_view("secret"));
    terms.scep_ca = authority_->certificate();
    terms.tls_roots = {authority_->certificate()};
    return make_enrollment_profile(terms).value();
  }

  void queue(const std::string& udid, const std::string& type,
             const PlistDictionary& parameters = {}) {
    queues_[udid].push_back(make_command(type, parameters, random_).value());
  }
  // A queued body that need not be a command.
  void queue_raw(const std::string& udid, std::string_view body) {
    queues_[udid].push_back({"raw", "raw", to_bytes(body)});
  }
  [[nodiscard]] const Certificate& ca() const { return authority_->certificate(); }
  // The report about the n-th command, as a dictionary.
  [[nodiscard]] PlistDictionary report(std::size_t index) const {
    return parse_plist_dictionary(reports.at(index).raw).value();
  }
  [[nodiscard]] HttpClientFactory client_factory();

  std::optional<Error> failure;  // instead of any answer
  int device_status = 200;       // what /mdm answers when it is not 200
  std::string device_body;
  int issued = 0;
  int profiles_given = 0;
  std::vector<HttpRequest> device_requests;
  std::vector<std::string> check_ins;
  std::vector<CommandReport> reports;  // without Idle
  int idles = 0;

 private:
  static HttpResponse reply(int status, Bytes body) {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }

  HttpResponse answer_scep(const std::string& operation, const HttpRequest& request) {
    if (operation.starts_with("GetCACaps")) {
      return reply(200, to_bytes("POSTPKIOperation\nSHA-256\nAES\nRenewal\n"));
    }
    if (operation.starts_with("GetCACert")) {
      HttpResponse response = reply(200, authority_->certificate().der());
      response.headers.add("Content-Type", "application/x-x509-ca-cert");
      return response;
    }
    return answer_request(request.body);
  }

  HttpResponse answer_request(const Bytes& message) {
    const auto request = parse_scep_request(message);
    if (!request) {
      return reply(400, {});
    }
    const ScepResponder responder{*authority_, SingleDes::refuse, clock_.now(), random_};
    const auto content = open_scep_content(*request, *authority_, SingleDes::refuse);
    const auto* inside = std::get_if<ScepContent>(&content);
    const bool is_right = inside != nullptr && inside->request &&
                          inside->request->verify_signature() &&
                          inside->request->challenge_password() &&
                          inside->request->challenge_password()->reveal_text() == "secret";
    if (!is_right) {
      return reply(200,
                   make_scep_failure(*request, ScepFailInfo::bad_request, "no", responder).value());
    }
    // A number, counted up: positive and never twice.
    const Bytes serial = {0x01, static_cast<std::uint8_t>(++issued)};
    const auto certificate = authority_->issue(
        *inside->request, {clock_.now() - std::chrono::hours(1),
                           clock_.now() + std::chrono::hours(24 * 365), serial, std::nullopt});
    return reply(200, make_scep_success(*request, *certificate, inside->cipher, responder).value());
  }

  // 400 for whoever is not who they say, as the real one.
  HttpResponse answer_device(const HttpRequest& request, const std::string& tls_certificate) {
    device_requests.push_back(request);
    if (device_status != 200) {
      return reply(device_status, to_bytes(device_body));
    }
    if (request.method != "PUT" || !is_proven(request, tls_certificate)) {
      return reply(400, {});
    }
    const std::string type(request.headers.find("Content-Type").value_or(""));
    if (type == "application/x-apple-aspen-mdm-checkin") {
      const auto message = parse_checkin(request.body);
      check_ins.emplace_back(message ? message->type_name() : "malformed");
      return reply(message ? 200 : 400, {});
    }
    const auto report = parse_report(request.body);
    if (type != "application/x-apple-aspen-mdm" || !report) {
      return reply(400, {});
    }
    return next_command(*report);
  }

  bool is_proven(const HttpRequest& request, const std::string& tls_certificate) {
    const auto trust = TrustStore::of({authority_->certificate()});
    if (!tls_certificate.empty()) {
      return trust->verify(Certificate::from_pem(tls_certificate).value(), clock_.now())
          .has_value();
    }
    return verify_mdm_signature_stock(request.headers.find("Mdm-Signature").value_or(""),
                                      request.body, *trust, clock_.now())
        .has_value();
  }

  HttpResponse next_command(const CommandReport& report) {
    auto& queue = queues_[report.enrollment.value()];
    if (report.status == ReportStatus::idle) {
      ++idles;
    } else {
      reports.push_back(report);
      queue.pop_front();
    }
    // NotNow ends the conversation, as far as this server goes.
    const bool is_over = queue.empty() || report.status == ReportStatus::not_now;
    return reply(200, is_over ? Bytes() : queue.front().plist);
  }

  mutable std::mutex mutex_;
  std::shared_ptr<LocalCertificateAuthority> authority_;
  FakeClock clock_;
  SeededRandom random_;
  std::map<std::string, std::deque<Command>> queues_;
};

class FakeServerClient : public HttpClient {
 public:
  FakeServerClient(FakeMdmServer& server, HttpClientOptions options)
      : server_(server), options_(std::move(options)) {}
  Result<HttpResponse> send(const HttpRequest& request) override {
    return server_.answer(request, options_.certificate_pem.value_or(""));
  }
  Result<HttpResponse> stream(const HttpRequest& request,
                              const std::function<bool(ByteView)>&) override {
    return send(request);
  }

 private:
  FakeMdmServer& server_;
  HttpClientOptions options_;
};

inline HttpClientFactory FakeMdmServer::client_factory() {
  return [this](HttpClientOptions options) -> std::unique_ptr<HttpClient> {
    return std::make_unique<FakeServerClient>(*this, std::move(options));
  };
}

}  // namespace bramley
