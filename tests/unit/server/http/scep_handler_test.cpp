#include "server/http/scep_handler.h"

#include <gtest/gtest.h>

#include "core/base/encoding.h"
#include "core/scep/scep_client.h"
#include "server/store/store.h"
#include "tests/support/recording_log.h"
#include "tests/support/scep_requester.h"

namespace bramley {
namespace {

// The handler as a client sees it, without a socket between them.
class InProcessScepServer : public HttpClient {
 public:
  explicit InProcessScepServer(HttpHandler& handler) : handler_(handler) {}
  Result<HttpResponse> send(const HttpRequest& request) override {
    constexpr std::string_view base = "http://127.0.0.1";
    HttpRequest arrived = request;
    arrived.target = request.target.substr(base.size());
    if (arrived.body.size() > handler_.body_limit(arrived)) {
      return Error{ErrorCode::internal, "body over its limit"};
    }
    return handler_.handle(arrived);
  }
  Result<HttpResponse> stream(const HttpRequest& request,
                              const std::function<bool(ByteView)>&) override {
    return send(request);
  }

 private:
  HttpHandler& handler_;
};

class ScepHandlerTest : public testing::Test {
 protected:
  static ScepPolicy policy() {
    ScepPolicy policy;
    policy.static_challenge = sha256(as_bytes("secret"));
    return policy;
  }
  HttpResponse send(std::string method, std::string target, Bytes body = {}) {
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    return handler_.handle(request);
  }
  [[nodiscard]] testing::AssertionResult enrolled(const HttpResponse& response) const {
    if (response.status != 200 ||
        response.headers.find("Content-Type") != "application/x-pki-message") {
      return testing::AssertionFailure() << "status " << response.status;
    }
    const auto reply = requester_.read(response.body, authority_->certificate());
    if (!reply) {
      return succeeded(reply);
    }
    if (reply->status != ScepStatus::success) {
      return testing::AssertionFailure() << log_.text();
    }
    return testing::AssertionSuccess();
  }

  std::shared_ptr<LocalCertificateAuthority> authority_ = load_test_authority();
  std::unique_ptr<Store> store_ = make_memory_store();
  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  ScepService service_{store_->certificates(), authority_, policy(), clock_, random_, log_};
  ScepHandler handler_{service_, log_};
  ScepRequester requester_ = {.challenge = "secret"};
};

TEST_F(ScepHandlerTest, CapabilitiesAreExact) {
  for (const auto& method : {"GET", "POST"}) {
    const auto response = send(method, "/scep?operation=GetCACaps&message=1");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.find("Content-Type"), "text/plain");
    EXPECT_EQ(as_text(response.body),
              "POSTPKIOperation\nSHA-256\nSHA-512\nAES\nDES3\nRenewal\nSCEPStandard\nSHA-1");
  }
}

TEST_F(ScepHandlerTest, TheCaCertificateIsRawDerWhateverTheMessage) {
  for (const auto& target :
       {"/scep?operation=GetCACert", "/scep?operation=GetCACert&message=0",
        "/scep?message=my%20ca&operation=GetCACert", "/scep/?operation=GetCACert",
        "/scep/pkiclient.exe?operation=GetCACert"}) {
    const auto response = send("GET", target);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_EQ(response.headers.find("Content-Type"), "application/x-x509-ca-cert");
    EXPECT_EQ(response.body, authority_->certificate().der());
  }
}

TEST_F(ScepHandlerTest, OtherOperationsPathsAndMethods) {
  EXPECT_EQ(send("GET", "/scep?operation=GetNextCACert").status, 501);
  EXPECT_EQ(send("GET", "/scep?operation=getcacert").status, 400);
  EXPECT_EQ(send("GET", "/scep").status, 400);
  EXPECT_EQ(send("POST", "/scep").status, 400);
  for (const auto& path : {"/scep/other", "/scepx", "/", "/scep/pkiclient.exe/", "//scep"}) {
    EXPECT_EQ(send("GET", std::string(path) + "?operation=GetCACert").status, 404) << path;
  }
  const auto response = send("PUT", "/scep?operation=GetCACert");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.find("Allow"), "GET, POST");
}

TEST_F(ScepHandlerTest, PostTakesTheMessageAsItIs) {
  EXPECT_TRUE(enrolled(
      send("POST", "/scep?operation=PKIOperation", requester_.request(authority_->certificate()))));
}

// scep-dep trap 10.
TEST_F(ScepHandlerTest, GetTakesEveryEncodingThatClientsUse) {
  const std::string base64 = encode_base64(requester_.request(authority_->certificate()));
  ASSERT_NE(base64.find('+'), std::string::npos);
  ASSERT_NE(base64.find('/'), std::string::npos);
  const std::string head = "/scep?operation=PKIOperation&message=";
  std::string padding_escaped = base64;
  for (std::size_t at = 0; (at = padding_escaped.find('=', at)) != std::string::npos; at += 3) {
    padding_escaped.replace(at, 1, "%3D");
  }
  std::string lines;
  for (std::size_t at = 0; at < base64.size(); at += 64) {
    lines += encode_percent(base64.substr(at, 64)) + "%0A";
  }
  const std::string url_safe = encode_base64url(requester_.request(authority_->certificate()));
  EXPECT_TRUE(enrolled(send("GET", head + padding_escaped))) << "Apple: + and / raw";
  EXPECT_TRUE(enrolled(send("GET", head + base64))) << "nothing escaped";
  EXPECT_TRUE(enrolled(send("GET", head + encode_percent(base64)))) << "everything escaped";
  EXPECT_TRUE(enrolled(send("GET", head + lines))) << "a line feed every 64 characters";
  EXPECT_TRUE(enrolled(send("GET", "/scep?message=" + url_safe + "&operation=PKIOperation")))
      << "URL-safe, without padding, message first";
}

TEST_F(ScepHandlerTest, AQueryWithoutAMessageIsMalformed) {
  for (const auto& query : {"", "operation=PKIOperation", "message", "message=%4", "message=!!",
                            "xmessage=QQ==", "message=A"}) {
    EXPECT_FALSE(decode_pki_message_query(query).has_value()) << query;
  }
  EXPECT_EQ(as_text(*decode_pki_message_query("message=QUI=")), "AB");
  EXPECT_EQ(as_text(*decode_pki_message_query("a=b&&message=QUI&message=QQ")), "AB");
}

TEST_F(ScepHandlerTest, WhatCannotBeReadIs400AndSaysNothing) {
  for (const auto& response : {send("POST", "/scep?operation=PKIOperation"),
                               send("POST", "/scep?operation=PKIOperation", to_bytes("hello")),
                               send("GET", "/scep?operation=PKIOperation"),
                               send("GET", "/scep?operation=PKIOperation&message=%%%")}) {
    EXPECT_EQ(response.status, 400);
    EXPECT_TRUE(response.body.empty());
  }
}

TEST_F(ScepHandlerTest, ARefusalIsASignedReply) {
  requester_.challenge = "wrong";
  const auto response =
      send("POST", "/scep?operation=PKIOperation", requester_.request(authority_->certificate()));
  EXPECT_EQ(response.status, 200);
  const auto reply = requester_.read(response.body, authority_->certificate());
  ASSERT_TRUE(succeeded(reply));
  EXPECT_EQ(reply->fail_info, ScepFailInfo::bad_request);
  EXPECT_EQ(reply->fail_info_text, "challenge refused");
}

// The response has the same trace id: an administrator finds the line that a device's owner asks
// for.
TEST_F(ScepHandlerTest, EveryLogLineSaysWhoAskedAndInWhichRequest) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/scep?operation=PKIOperation";
  request.peer.address = "192.0.2.7";
  request.headers.add("X-Trace-Id", "0123456789abcdef");
  const auto send = [&](Bytes body) {
    request.body = std::move(body);
    handler_.handle(request);
  };
  send(requester_.request(authority_->certificate()));
  requester_.challenge = "wrong";
  requester_.terms.transaction_id = "T2";
  send(requester_.request(authority_->certificate()));
  send(to_bytes("hello"));
  request.method = "GET";
  send({});
  EXPECT_EQ(log_.lines().size(), 4U) << log_.text();
  for (const std::string& line : log_.lines()) {
    EXPECT_NE(line.find("trace_id=0123456789abcdef peer=192.0.2.7"), std::string::npos) << line;
  }
}

TEST_F(ScepHandlerTest, OnlyAPostMayHaveABody) {
  HttpRequest head;
  head.target = "/scep?operation=PKIOperation";
  head.method = "POST";
  EXPECT_EQ(handler_.body_limit(head), 1U << 20U);
  head.method = "GET";
  EXPECT_EQ(handler_.body_limit(head), 0U);
  head.method = "POST";
  head.target = "/scep/other";
  EXPECT_EQ(handler_.body_limit(head), 0U);
}

TEST_F(ScepHandlerTest, OurClientEnrollsAndRenews) {
  InProcessScepServer server(handler_);
  ScepClient client(server, clock_, random_);
  const SecretBytes challenge{std::string_view("secret")};
  const auto& digest = authority_->certificate().fingerprint().bytes;
  ScepClientTerms terms;
  terms.url = "http://127.0.0.1/scep";
  terms.ca_fingerprint = Bytes(digest.begin(), digest.end());
  terms.subject = {{"O", "Example"}, {"CN", "device"}};
  terms.challenge = &challenge;
  const auto first = client.enroll(shared_test_key(0), terms);
  ASSERT_TRUE(succeeded(first)) << log_.text();
  terms.challenge = nullptr;
  const auto second =
      client.renew(shared_test_key(1), terms, first->certificate, shared_test_key(0));
  ASSERT_TRUE(succeeded(second)) << log_.text();
  EXPECT_TRUE(shared_test_key(1).matches(second->certificate));
  const SecretBytes wrong{std::string_view("wrong")};
  terms.challenge = &wrong;
  EXPECT_TRUE(failed_with(ErrorCode::forbidden, client.enroll(shared_test_key(2), terms)));
}

}  // namespace
}  // namespace bramley
