#include <gmock/gmock.h>

#include "core/net/curl_http_client.h"
#include "server/http/listener.h"
#include "server/http/listener_fixture.h"

namespace bramley {
namespace {

using testing::HasSubstr;

class TlsTest : public ListenerTest {
 protected:
  // The certificate that the handler was shown by a client of these terms; empty if none.
  Bytes seen_by_handler(const RawClient::TlsTerms& terms) {
    Bytes seen;
    handler_.action = [&](const HttpRequest& request) {
      EXPECT_TRUE(request.peer.tls);
      seen = request.peer.certificate_der ? *request.peer.certificate_der : Bytes();
      return HttpResponse{};
    };
    RawClient client(listener_->port(tls));
    EXPECT_TRUE(client.start_tls(terms));
    client.send(get("/"));
    EXPECT_TRUE(client.receive());
    return seen;
  }

  // What the server presents to a new connection.
  Bytes presented() {
    const auto client = connect(tls);
    X509* const certificate = SSL_get1_peer_certificate(client->ssl());
    unsigned char* out = nullptr;
    const int size = i2d_X509(certificate, &out);
    Bytes der(out, out + size);
    OPENSSL_free(out);
    X509_free(certificate);
    return der;
  }

  Error start_error() {
    auto started = Listener::start(options_, handler_, log_);
    return started ? Error{ErrorCode::internal, "it started"} : started.error();
  }

  HttpClientOptions client_options(const TestIdentity& trusted) {
    HttpClientOptions options;
    options.ca_pem = trusted.certificate_pem();
    options.total_timeout = 5s;
    return options;
  }
  Result<HttpResponse> send_with(const HttpClientOptions& options, const std::string& scheme_host,
                                 Endpoint endpoint) {
    HttpRequest request;
    request.method = "GET";
    request.target = scheme_host + ":" + std::to_string(listener_->port(endpoint)) + "/";
    return CurlHttpClient(options).send(request);
  }
};

TEST_F(TlsTest, SpeaksTls12And13ButNothingOlder) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawClient client(listener_->port(tls));
    ASSERT_TRUE(client.start_tls({nullptr, version}));
    client.send(put("/", "abc"));
    EXPECT_EQ(client.receive()->body, "abc");
  }
  RawClient old(listener_->port(tls));
  EXPECT_FALSE(old.start_tls({nullptr, TLS1_1_VERSION, "ALL:@SECLEVEL=0"}));
}

TEST_F(TlsTest, RefusesCiphersWithoutForwardSecrecyOrAuthentication) {
  start();
  for (const char* ciphers : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "PSK"}) {
    RawClient client(listener_->port(tls));
    EXPECT_FALSE(client.start_tls({nullptr, TLS1_2_VERSION, ciphers})) << ciphers;
  }
}

TEST_F(TlsTest, ChoosesHttp11) {
  start();
  const auto client = connect(tls);
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client->ssl(), &chosen, &size);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(chosen), size), "http/1.1");
}

TEST_F(TlsTest, EveryClientCertificateReachesTheHandler) {
  start();
  const TestIdentity self_signed;
  const TestIdentity expired({"expired", -7200, -3600, nullptr});
  const TestIdentity future({"future", 3600, 7200, nullptr});
  const TestIdentity foreign({"foreign", -60, 3600, &self_signed});
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const TestIdentity* identity : {&self_signed, &expired, &future, &foreign}) {
      EXPECT_EQ(seen_by_handler({identity, version}), identity->certificate_der());
    }
    EXPECT_EQ(seen_by_handler({nullptr, version}), Bytes());
  }
}

TEST_F(TlsTest, ResumedSessionsKeepTheCertificate) {
  start();
  const TestIdentity identity;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawClient first(listener_->port(tls));
    ASSERT_TRUE(first.start_tls({&identity, version}));
    first.send(get("/"));
    ASSERT_TRUE(first.receive());
    const std::shared_ptr<SSL_SESSION> session(SSL_get1_session(first.ssl()), SSL_SESSION_free);
    Bytes seen;
    handler_.action = [&](const HttpRequest& request) {
      seen = request.peer.certificate_der ? *request.peer.certificate_der : Bytes();
      return HttpResponse{};
    };
    RawClient second(listener_->port(tls));
    ASSERT_TRUE(second.start_tls({nullptr, version, nullptr, session.get()}));
    EXPECT_EQ(SSL_session_reused(second.ssl()), 1);
    second.send(get("/"));
    ASSERT_TRUE(second.receive());
    EXPECT_EQ(seen, identity.certificate_der());
    handler_.action = nullptr;
  }
}

TEST_F(TlsTest, NamesTheDeviceAuthorities) {
  const TestIdentity authority({"Device CA", -60, 3600, nullptr});
  options_.client_authorities = {*Certificate::from_der(authority.certificate_der())};
  start();
  const auto client = connect(tls);
  const STACK_OF(X509_NAME)* const names = SSL_get0_peer_CA_list(client->ssl());
  ASSERT_EQ(sk_X509_NAME_num(names), 1);
  EXPECT_EQ(
      X509_NAME_cmp(sk_X509_NAME_value(names, 0), X509_get_subject_name(authority.certificate())),
      0);
}

TEST_F(TlsTest, SendsTheWholeChain) {
  const TestIdentity root({"root", -60, 3600, nullptr});
  const TestIdentity leaf({"localhost", -60, 3600, &root});
  write_file_of("cert.pem", leaf.certificate_pem() + root.certificate_pem());
  write_file_of("key.pem", leaf.key_pem());
  start();
  const auto client = connect(tls);
  EXPECT_EQ(sk_X509_num(SSL_get_peer_cert_chain(client->ssl())), 2);
}

TEST_F(TlsTest, FilesThatDoNotFitAreNamed) {
  const TestIdentity other;
  const std::string good_key = server_identity().key_pem();
  const std::string good_certificate = server_identity().certificate_pem();
  const TestIdentity expired({"expired", -7200, -3600, nullptr});
  const TestIdentity future({"future", 3600, 7200, nullptr});
  struct Case {
    std::string certificate;
    std::string key;
    const char* file;
    const char* cause;
  };
  for (const Case& each :
       {Case{good_certificate, other.key_pem(), "key.pem", "does not match the certificate"},
        Case{expired.certificate_pem(), expired.key_pem(), "cert.pem", "has expired"},
        Case{future.certificate_pem(), future.key_pem(), "cert.pem", "not valid yet"},
        Case{"nonsense", good_key, "cert.pem", "no certificate in PEM"},
        Case{good_certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
             good_key, "cert.pem", "no certificate in PEM"},
        Case{good_key, good_key, "cert.pem", "no certificate in PEM"},
        Case{good_certificate, "nonsense", "key.pem", "no private key in PEM"},
        Case{good_certificate, "", "key.pem", "no private key in PEM"},
        Case{good_certificate, server_identity().encrypted_key_pem(), "key.pem",
             "it is encrypted"}}) {
    write_file_of("cert.pem", each.certificate);
    write_file_of("key.pem", each.key);
    const Error error = start_error();
    EXPECT_EQ(error.code, ErrorCode::malformed) << each.cause;
    EXPECT_THAT(error.message, HasSubstr((directory_ / each.file).string()));
    EXPECT_THAT(error.message, HasSubstr(each.cause));
    EXPECT_NE(error.hint, "") << each.cause;
  }
}

TEST_F(TlsTest, MissingFilesAreNamed) {
  std::filesystem::remove(directory_ / "key.pem");
  const Error no_key = start_error();
  EXPECT_EQ(no_key.code, ErrorCode::not_found);
  EXPECT_THAT(no_key.message, HasSubstr((directory_ / "key.pem").string()));
  EXPECT_THAT(no_key.hint, HasSubstr("--tls-key"));
  std::filesystem::remove(directory_ / "cert.pem");
  EXPECT_THAT(start_error().message, HasSubstr((directory_ / "cert.pem").string()));
}

TEST_F(TlsTest, ReloadsOnDemand) {
  start();
  const auto before = connect(tls);
  const TestIdentity renewed;
  write_identity(renewed);
  listener_->reload_tls();
  EXPECT_EQ(presented(), renewed.certificate_der());
  before->send(put("/", "still here"));
  EXPECT_EQ(before->receive()->body, "still here");
  EXPECT_THAT(log_.text(), HasSubstr("TLS files read again"));
}

TEST_F(TlsTest, ReloadsByItselfWhenTheFilesChange) {
  start();
  const TestIdentity renewed;
  write_identity(renewed);
  EXPECT_TRUE(eventually([&] { return presented() == renewed.certificate_der(); }));
}

TEST_F(TlsTest, KeepsTheOldFilesInForceWhenTheNewAreBad) {
  start();
  write_file_of("key.pem", TestIdentity().key_pem());
  listener_->reload_tls();
  EXPECT_EQ(presented(), server_identity().certificate_der());
  EXPECT_THAT(log_.text(), HasSubstr("warn the TLS files are not usable"));
  EXPECT_THAT(log_.text(), HasSubstr("does not match the certificate"));
  std::filesystem::remove(directory_ / "cert.pem");
  listener_->reload_tls();
  EXPECT_EQ(presented(), server_identity().certificate_der());
}

// The client of ours and the listener of ours, over real TLS.

TEST_F(TlsTest, TheClientTrustsTheAuthorityItWasGiven) {
  start();
  const auto response = send_with(client_options(server_identity()), "https://localhost", tls);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
}

TEST_F(TlsTest, TheClientDoesNotTrustOthers) {
  start();
  HttpClientOptions system_store;
  system_store.total_timeout = 5s;
  for (const auto& options : {client_options(TestIdentity()), system_store}) {
    const auto response = send_with(options, "https://localhost", tls);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::unauthenticated);
    EXPECT_THAT(response.error().message, HasSubstr("TLS handshake with localhost:"));
    EXPECT_THAT(response.error().hint, HasSubstr("--ca-file"));
  }
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(TlsTest, TheClientChecksTheName) {
  start();
  const auto response = send_with(client_options(server_identity()), "https://127.0.0.2", tls);
  ASSERT_FALSE(response);
  // Nobody listens at 127.0.0.2; a listener at all addresses shows the other refusal.
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  listener_.reset();
  options_.endpoints[tls].address = "0.0.0.0";
  start();
  const auto refused = send_with(client_options(server_identity()), "https://127.0.0.2", tls);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated);
  EXPECT_THAT(refused.error().hint, HasSubstr("names"));
}

TEST_F(TlsTest, TheClientSaysWhatIsWrongWithItsOwnFiles) {
  start();
  HttpClientOptions options = client_options(server_identity());
  options.ca_pem = "nonsense";
  const auto bad_authority = send_with(options, "https://localhost", tls);
  ASSERT_FALSE(bad_authority);
  EXPECT_EQ(bad_authority.error().code, ErrorCode::malformed) << bad_authority.error().message;

  const TestIdentity identity;
  options = client_options(server_identity());
  options.certificate_pem = identity.certificate_pem();
  options.key_pem = std::make_shared<SecretBytes>(TestIdentity().key_pem());
  const auto bad_key = send_with(options, "https://localhost", tls);
  ASSERT_FALSE(bad_key);
  EXPECT_EQ(bad_key.error().code, ErrorCode::malformed) << bad_key.error().message;
}

TEST_F(TlsTest, TheClientPresentsItsCertificate) {
  start();
  const TestIdentity identity;
  Bytes seen;
  handler_.action = [&](const HttpRequest& request) {
    seen = request.peer.certificate_der ? *request.peer.certificate_der : Bytes();
    return HttpResponse{};
  };
  HttpClientOptions options = client_options(server_identity());
  options.certificate_pem = identity.certificate_pem();
  options.key_pem = std::make_shared<SecretBytes>(identity.key_pem());
  const auto response = send_with(options, "https://localhost", tls);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(seen, identity.certificate_der());
}

TEST_F(TlsTest, TheClientSaysWhenAPortSpeaksNoTls) {
  start();
  const auto response = send_with(client_options(server_identity()), "https://localhost", plain);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  EXPECT_THAT(response.error().hint, HasSubstr("http://"));
}

}  // namespace
}  // namespace bramley
