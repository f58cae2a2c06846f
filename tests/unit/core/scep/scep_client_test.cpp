#include "core/scep/scep_client.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/base/encoding.h"
#include "tests/support/scep_requester.h"

namespace bramley {
namespace {

// A CA of a few lines, which tests bend: it issues for whatever it is asked.
class SmallScepServer : public HttpClient {
 public:
  Result<HttpResponse> send(const HttpRequest& request) override {
    targets.push_back(request.target);
    const auto operation = request.query("operation").value_or("");
    if (operation == "GetCACert") {
      return answer("application/x-x509-ca-cert", authority->certificate().der());
    }
    if (operation == "GetCACaps") {
      return answer("text/plain", to_bytes(capabilities));
    }
    const Bytes message = request.method == "POST"
                              ? request.body
                              : decode_base64_lenient(*request.query("message")).value();
    auto parsed = parse_scep_request(message);
    types.push_back(static_cast<int>(parsed->type));
    digests.push_back(parsed->message.digest());
    signers.push_back(parsed->message.signer());
    return answer("application/x-pki-message", reply(*parsed));
  }
  Result<HttpResponse> stream(const HttpRequest& request,
                              const std::function<bool(ByteView)>&) override {
    return send(request);
  }

  Bytes issue(const ScepRequest& request, const LocalCertificateAuthority& by) {
    const auto content = open_scep_content(request, *authority, SingleDes::refuse);
    if (const auto* opened = std::get_if<ScepContent>(&content); opened && opened->request) {
      csr = opened->request;
    }
    IssueTerms terms{FakeClock().now(), FakeClock().now() + std::chrono::hours(1), Bytes{1}, {}};
    const auto certificate = authority->issue(*csr, terms).value();
    return make_scep_success(request, substitute.value_or(certificate), ContentCipher::aes_128_cbc,
                             {by, SingleDes::refuse, FakeClock().now(), random})
        .value();
  }
  // A CertRep with the attributes of a success, but another status.
  Bytes pending(const ScepRequest& request) {
    SigningTerms terms;
    terms.attributes = {
        {"2.16.840.1.113733.1.9.2", SignedAttribute::Kind::printable_string, to_bytes("3")},
        {"2.16.840.1.113733.1.9.3", SignedAttribute::Kind::printable_string, to_bytes("3")},
        {"2.16.840.1.113733.1.9.7", SignedAttribute::Kind::printable_string,
         to_bytes(request.transaction_id)},
        {"2.16.840.1.113733.1.9.6", SignedAttribute::Kind::octet_string, request.sender_nonce}};
    return sign_message({}, authority->certificate(), authority->key(), terms).value();
  }

  std::shared_ptr<LocalCertificateAuthority> authority = load_test_authority();
  std::string capabilities = "POSTPKIOperation\nSHA-256\nAES\nRenewal";
  std::function<Bytes(const ScepRequest&)> reply = [this](const ScepRequest& request) {
    return issue(request, *authority);
  };
  std::optional<Certificate> substitute;
  std::optional<CertificateRequest> csr;
  std::vector<std::string> targets;
  std::vector<int> types;
  std::vector<DigestAlgorithm> digests;
  std::vector<Certificate> signers;
  SeededRandom random;

 private:
  static Result<HttpResponse> answer(std::string_view type, Bytes body) {
    HttpResponse response;
    response.headers.add("Content-Type", std::string(type));
    response.body = std::move(body);
    return response;
  }
};

class ScepClientTest : public testing::Test {
 protected:
  Result<ScepIdentity> enroll() { return client_.enroll(shared_test_key(0), terms_); }

  SmallScepServer server_;
  FakeClock clock_;
  SeededRandom random_;
  ScepClient client_{server_, clock_, random_};
  SecretBytes challenge_{std::string_view("s3cret")};
  ScepClientTerms terms_ = {.url = "http://127.0.0.1/scep",
                            .ca_name = {},
                            .ca_fingerprint = {},
                            .subject = {{"CN", "device"}},
                            .challenge = &challenge_,
                            .most_polls = 3,
                            .wait = [this](std::chrono::seconds time) { waited_ += time; }};
  std::chrono::seconds waited_{0};
};

TEST_F(ScepClientTest, EnrollsWithATemporarySigner) {
  const auto identity = enroll();
  ASSERT_TRUE(succeeded(identity));
  EXPECT_EQ(identity->certificate.common_name(), "device");
  EXPECT_EQ(identity->authority, server_.authority->certificate());
  EXPECT_TRUE(shared_test_key(0).matches(identity->certificate));
  EXPECT_EQ(server_.types, std::vector{19});
  EXPECT_TRUE(shared_test_key(0).matches(server_.signers.front()));
  EXPECT_EQ(server_.csr->challenge_password()->reveal_text(), "s3cret");
}

TEST_F(ScepClientTest, RenewsWithTheOldIdentityAndAPkcsReq) {
  const auto old = enroll().value();
  const auto identity =
      client_.renew(shared_test_key(1), terms_, old.certificate, shared_test_key(0));
  ASSERT_TRUE(succeeded(identity));
  EXPECT_TRUE(shared_test_key(1).matches(identity->certificate));
  EXPECT_EQ(server_.types, (std::vector{19, 19}));
  EXPECT_EQ(server_.signers.back(), old.certificate);
}

TEST_F(ScepClientTest, CapabilitiesDecideHow) {
  for (const auto& [capabilities, digest, post] :
       {std::tuple("POSTPKIOperation\r\nSHA-1\r\nSHA-512\r\nSHA-256\r\n", DigestAlgorithm::sha512,
                   true),
        {"SHA-256\nSHA-1", DigestAlgorithm::sha256, false},
        {"", DigestAlgorithm::sha1, false},
        {" SHA-256\nSHA-1\nPOSTPKIOperation ", DigestAlgorithm::sha1, false}}) {
    server_.capabilities = capabilities;
    ASSERT_TRUE(succeeded(enroll())) << capabilities;
    EXPECT_EQ(server_.digests.back(), digest) << capabilities;
    EXPECT_EQ(server_.targets.back() == "http://127.0.0.1/scep?operation=PKIOperation", post);
  }
  server_.capabilities = "AES\nMD5";
  EXPECT_TRUE(failed_with(ErrorCode::unsupported, enroll()));
}

TEST_F(ScepClientTest, TheCaNameIsPassedOn) {
  terms_.ca_name = "a b";
  terms_.url = "http://127.0.0.1/scep?tenant=1";
  ASSERT_TRUE(succeeded(enroll()));
  EXPECT_EQ(server_.targets.front(),
            "http://127.0.0.1/scep?tenant=1&operation=GetCACert&message=a%20b");
}

TEST_F(ScepClientTest, TheCaMustBeTheExpectedOne) {
  const auto& digest = server_.authority->certificate().fingerprint().bytes;
  terms_.ca_fingerprint = Bytes(digest.begin(), digest.end());
  EXPECT_TRUE(succeeded(enroll()));
  terms_.ca_fingerprint.back() ^= 1U;
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, enroll()));
  terms_.ca_fingerprint.resize(20);
  EXPECT_TRUE(failed_with(ErrorCode::unsupported, enroll()));
}

TEST_F(ScepClientTest, ARefusalSaysWhy) {
  server_.reply = [this](const ScepRequest& request) {
    return make_scep_failure(request, ScepFailInfo::bad_request, "no such challenge",
                             {*server_.authority, SingleDes::refuse, clock_.now(), random_})
        .value();
  };
  const auto identity = enroll();
  ASSERT_TRUE(failed_with(ErrorCode::forbidden, identity));
  EXPECT_EQ(identity.error().message,
            "enroll by SCEP: the CA refused: badRequest (no such challenge)");
}

TEST_F(ScepClientTest, PendingIsPolledAFewTimes) {
  server_.reply = [this](const ScepRequest& request) {
    Bytes issued = server_.issue(request, *server_.authority);
    return server_.types.size() < 3 ? server_.pending(request) : issued;
  };
  ASSERT_TRUE(succeeded(enroll()));
  EXPECT_EQ(server_.types, (std::vector{19, 20, 20}));
  EXPECT_EQ(waited_, std::chrono::seconds(4));
  server_.reply = [this](const ScepRequest& request) { return server_.pending(request); };
  EXPECT_TRUE(failed_with(ErrorCode::unavailable, enroll()));
  EXPECT_EQ(server_.types.size(), 3U + 4U);
}

TEST_F(ScepClientTest, AReplyOfSomebodyElseIsRefused) {
  const auto other = load_test_authority("Another CA");
  server_.reply = [&](const ScepRequest& request) { return server_.issue(request, *other); };
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, enroll()));
}

TEST_F(ScepClientTest, AReplyToAnotherRequestIsRefused) {
  server_.reply = [&](ScepRequest request) {
    request.sender_nonce = Bytes(16, 1);
    return server_.issue(request, *server_.authority);
  };
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, enroll()));
  server_.reply = [&](ScepRequest request) {
    request.transaction_id = "another";
    return server_.issue(request, *server_.authority);
  };
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, enroll()));
}

TEST_F(ScepClientTest, ACertificateForAnotherKeyIsRefused) {
  server_.substitute = make_test_requester(shared_test_key(1));
  EXPECT_TRUE(failed_with(ErrorCode::unauthenticated, enroll()));
}

TEST_F(ScepClientTest, AnythingButScepIsMalformed) {
  server_.reply = [](const ScepRequest&) { return to_bytes("<html>"); };
  EXPECT_TRUE(failed_with(ErrorCode::malformed, enroll()));
}

}  // namespace
}  // namespace bramley
