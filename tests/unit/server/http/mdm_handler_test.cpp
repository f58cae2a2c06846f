#include "server/http/mdm_handler.h"

#include <gtest/gtest.h>

#include "core/crypto/local_certificate_authority.h"
#include "core/plist/plist_document.h"
#include "server/http/limits.h"
#include "server/service/certificate_binding_service.h"
#include "server/service/enrollment_service.h"
#include "server/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/seeded_random.h"

namespace bramley {
namespace {

// A device as the door sees it: a certificate, its key, and what it says.
struct Device {
  Certificate certificate;
  PrivateKey key;
};

class MdmDoor : public testing::Test {
 protected:
  void SetUp() override {
    // Keys are slow to make and none of these tests cares which they are.
    static const NewAuthority made = new_authority("Device CA");
    authority_ = std::make_unique<LocalCertificateAuthority>(
        *LocalCertificateAuthority::load(made.certificate, made.key));
    open_door({});
  }

  NewAuthority new_authority(const std::string& name) {
    return *make_certificate_authority({name, "Test", clock_.now() - std::chrono::days(2),
                                        clock_.now() + std::chrono::days(3000), 2048},
                                       random_);
  }

  void open_door(std::vector<AddressRange> proxies) {
    DeviceAuthenticatorOptions options{*TrustStore::of({authority_->certificate()}),
                                       proxies.empty() ? "" : "X-Client-Cert", std::move(proxies)};
    authenticator_ = std::make_unique<DeviceAuthenticator>(std::move(options), clock_);
    handler_ = std::make_unique<MdmHandler>(*authenticator_, binding_, log_);
  }

  Device device_of(LocalCertificateAuthority& authority,
                   std::chrono::days lifetime = std::chrono::days(365)) {
    auto key = *PrivateKey::generate_ec_p256();
    const auto request = *make_certificate_request(key, {{{"CN", "device"}}, nullptr});
    Bytes serial = random_bytes(random_, 16);
    serial[0] = 0x11;
    auto certificate = *authority.issue(request, {clock_.now() - std::chrono::days(1),
                                                  clock_.now() + lifetime, serial, std::nullopt});
    return {std::move(certificate), std::move(key)};
  }
  Device new_device() { return device_of(*authority_); }

  static PlistDictionary authenticate(const std::string& udid) {
    return {{"MessageType", "Authenticate"},
            {"UDID", udid},
            {"Topic", "com.apple.mgmt.External.t"},
            {"SerialNumber", "S1"}};
  }
  static PlistDictionary token_update(const std::string& udid) {
    return {{"MessageType", "TokenUpdate"},
            {"UDID", udid},
            {"Topic", "com.apple.mgmt.External.t"},
            {"PushMagic", "magic"},
            {"Token", Bytes{1, 2, 3}}};
  }
  static PlistDictionary idle(const std::string& udid) {
    return {{"Status", "Idle"}, {"UDID", udid}};
  }
  static PlistDictionary acknowledged(const std::string& udid, const std::string& uuid) {
    return {{"Status", "Acknowledged"}, {"UDID", udid}, {"CommandUUID", uuid}};
  }

  static HttpRequest request_of(const PlistDictionary& message) {
    HttpRequest request;
    request.method = "PUT";
    request.target = "/mdm";
    request.body = *write_plist_xml(message);
    if (message.find("MessageType") != nullptr) {
      request.headers.add("Content-Type", "application/x-apple-aspen-mdm-checkin; charset=UTF-8");
    }
    request.headers.add("X-Trace-Id", "trace");
    request.peer.address = "192.0.2.7";
    return request;
  }
  HttpResponse say(const Device& device, const PlistDictionary& message) {
    HttpRequest request = request_of(message);
    request.headers.add("Mdm-Signature",
                        *make_mdm_signature(request.body, device.certificate, device.key));
    return handler_->handle(request);
  }
  void enroll(const Device& device, const std::string& udid) {
    ASSERT_EQ(say(device, authenticate(udid)).status, 200);
    ASSERT_EQ(say(device, token_update(udid)).status, 200);
  }
  void queue(const std::string& udid, const std::string& uuid) {
    PlistDictionary inner{{"RequestType", "DeviceInformation"}};
    const auto command =
        parse_command(*write_plist_xml(PlistDictionary{{"CommandUUID", uuid}, {"Command", inner}}));
    const std::vector<std::string> ids = {udid};
    const auto refused = store_->commands().enqueue(ids, *command, clock_.now());
    ASSERT_TRUE(refused);
    ASSERT_TRUE(refused->empty());
  }
  void expect_refused(const HttpResponse& response, const std::string& cause) {
    EXPECT_EQ(response.status, 400);
    EXPECT_TRUE(response.body.empty());
    EXPECT_NE(log_.text().find(cause), std::string::npos) << log_.text();
  }

  FakeClock clock_;
  SeededRandom random_;
  RecordingLog log_;
  std::unique_ptr<Store> store_ = make_memory_store();
  EnrollmentService enrollment_{store_->enrollments(), store_->commands(), clock_, log_};
  CertificateBindingService binding_{enrollment_, store_->certificates()};
  std::unique_ptr<LocalCertificateAuthority> authority_;
  std::unique_ptr<DeviceAuthenticator> authenticator_;
  std::unique_ptr<MdmHandler> handler_;
};

TEST_F(MdmDoor, AuthenticateTokenUpdateIdleCommandAcknowledged) {
  const Device device = new_device();
  enroll(device, "U1");
  EXPECT_TRUE(say(device, idle("U1")).body.empty());
  queue("U1", "C1");
  const auto offered = say(device, idle("U1"));
  EXPECT_EQ(offered.status, 200);
  EXPECT_EQ(parse_command(offered.body)->uuid, "C1");
  const auto after = say(device, acknowledged("U1", "C1"));
  EXPECT_EQ(after.status, 200);
  EXPECT_TRUE(after.body.empty());
  EXPECT_TRUE(say(device, idle("U1")).body.empty());
}

TEST_F(MdmDoor, ADeviceSpeaksForItselfOnly) {
  const Device a = new_device();
  const Device b = new_device();
  enroll(a, "U1");
  enroll(b, "U2");
  queue("U1", "C1");
  expect_refused(say(b, idle("U1")), "is not bound to U1");
  expect_refused(say(b, token_update("U1")), "is not bound to U1");
  // Nor may it take the other's place by authenticating as it with a certificate that is in use.
  EXPECT_EQ(say(b, authenticate("U1")).status, 400);
  EXPECT_EQ(parse_command(say(a, idle("U1")).body)->uuid, "C1");
}

TEST_F(MdmDoor, ACertificateThatNeverAuthenticatedIsRefused) {
  expect_refused(say(new_device(), idle("U1")), "not bound to any device");
}

TEST_F(MdmDoor, ForeignAuthoritiesAreRefused) {
  const NewAuthority other = new_authority("Other CA");
  auto authority = *LocalCertificateAuthority::load(other.certificate, other.key);
  EXPECT_EQ(say(device_of(authority), authenticate("U1")).status, 400);
  EXPECT_FALSE(*store_->enrollments().find("U1"));
}

TEST_F(MdmDoor, AnExpiredCertificateIsRefusedAlsoWhenItWasGoodBefore) {
  const Device device = device_of(*authority_, std::chrono::days(10));
  enroll(device, "U1");
  clock_.advance(std::chrono::days(11));
  EXPECT_EQ(say(device, idle("U1")).status, 400);
}

TEST_F(MdmDoor, ATamperedBodyIsRefused) {
  const Device device = new_device();
  enroll(device, "U1");
  HttpRequest request = request_of(idle("U1"));
  request.headers.add("Mdm-Signature",
                      *make_mdm_signature(request.body, device.certificate, device.key));
  request.body.push_back('\n');
  EXPECT_EQ(handler_->handle(request).status, 400);
}

TEST_F(MdmDoor, NoIdentityAtAll) {
  expect_refused(handler_->handle(request_of(idle("U1"))), "no Mdm-Signature");
}

TEST_F(MdmDoor, TheTlsClientCertificateIsAnIdentity) {
  const Device device = new_device();
  HttpRequest request = request_of(authenticate("U1"));
  request.peer.certificate_der = std::make_shared<const Bytes>(device.certificate.der());
  EXPECT_EQ(handler_->handle(request).status, 200);
  EXPECT_TRUE(*store_->enrollments().find("U1"));
}

TEST_F(MdmDoor, ABadSignatureIsNotPaperedOverByTheTlsCertificate) {
  const Device device = new_device();
  HttpRequest request = request_of(authenticate("U1"));
  request.peer.certificate_der = std::make_shared<const Bytes>(device.certificate.der());
  request.headers.add("Mdm-Signature", "AAAA");
  EXPECT_EQ(handler_->handle(request).status, 400);
}

TEST_F(MdmDoor, TheProxysHeaderIsBelievedFromTheProxyOnly) {
  open_door({*AddressRange::parse("10.0.0.0/8")});
  const Device device = new_device();
  HttpRequest request = request_of(authenticate("U1"));
  request.headers.add("X-Client-Cert", device.certificate.pem());
  EXPECT_EQ(handler_->handle(request).status, 400);
  request.peer.address = "10.1.2.3";
  EXPECT_EQ(handler_->handle(request).status, 200);
}

// However it comes: by TLS, in the proxy's header, or in a signature.
TEST_F(MdmDoor, AnIdentityThatHasJustExpiredIsMarkedAsSuch) {
  constexpr std::chrono::days grace(90);
  DeviceAuthenticatorOptions options{*TrustStore::of({authority_->certificate()}),
                                     "X-Client-Cert",
                                     {*AddressRange::parse("10.0.0.0/8")},
                                     grace};
  DeviceAuthenticator authenticator(std::move(options), clock_);
  const Device device = device_of(*authority_, std::chrono::days(10));
  auto other = new_authority("Other CA");
  auto other_authority = *LocalCertificateAuthority::load(other.certificate, other.key);
  const Device stranger = device_of(other_authority, std::chrono::days(10));
  const auto requests_of = [&](const Device& whose) {
    std::vector<HttpRequest> requests(3, request_of(idle("U1")));
    requests[0].peer.certificate_der = std::make_shared<const Bytes>(whose.certificate.der());
    requests[1].headers.add("X-Client-Cert", whose.certificate.pem());
    requests[1].peer.address = "10.1.2.3";
    requests[2].headers.add(
        "Mdm-Signature",
        *make_mdm_signature(requests[2].body, whose.certificate, whose.key, clock_.now()));
    return requests;
  };
  for (const HttpRequest& request : requests_of(device)) {
    EXPECT_FALSE(authenticator.authenticate(request)->device().is_expired);
  }
  clock_.advance(std::chrono::days(11));
  for (const HttpRequest& request : requests_of(device)) {
    const auto message = authenticator.authenticate(request);
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_TRUE(message->device().is_expired);
    EXPECT_FALSE(authenticator_->authenticate(request));  // without a time of grace
  }
  for (const HttpRequest& request : requests_of(stranger)) {
    EXPECT_FALSE(authenticator.authenticate(request));
  }
  clock_.advance(grace);
  for (const HttpRequest& request : requests_of(device)) {
    EXPECT_FALSE(authenticator.authenticate(request));
  }
}

TEST_F(MdmDoor, ACheckinWhoseContentTypeWasLostIsStillOne) {
  const Device device = new_device();
  HttpRequest request = request_of(authenticate("U1"));
  request.headers.remove("Content-Type");
  request.headers.add("Mdm-Signature",
                      *make_mdm_signature(request.body, device.certificate, device.key));
  EXPECT_EQ(handler_->handle(request).status, 200);
  EXPECT_TRUE(*store_->enrollments().find("U1"));
}

TEST_F(MdmDoor, AUserChannelHasItsOwnQueueUnderTheDevicesCertificate) {
  const Device device = new_device();
  enroll(device, "U1");
  PlistDictionary update = token_update("U1");
  update.set("UserID", "A");
  update.set("UserShortName", "ada");
  ASSERT_EQ(say(device, update).status, 200);
  queue("U1:A", "C1");
  EXPECT_TRUE(say(device, idle("U1")).body.empty());
  PlistDictionary poll = idle("U1");
  poll.set("UserID", "A");
  EXPECT_EQ(parse_command(say(device, poll).body)->uuid, "C1");
}

TEST_F(MdmDoor, AUserIsDeclinedWith410AndTheDeviceStays) {
  const Device device = new_device();
  enroll(device, "U1");
  EXPECT_EQ(
      say(device, {{"MessageType", "UserAuthenticate"}, {"UDID", "U1"}, {"UserID", "A"}}).status,
      410);
  EXPECT_EQ(say(device, idle("U1")).status, 200);
}

TEST_F(MdmDoor, TheBootstrapTokenComesBackAndAFreshEnrollmentForgetsIt) {
  const Device device = new_device();
  enroll(device, "U1");
  const PlistDictionary get{{"MessageType", "GetBootstrapToken"}, {"UDID", "U1"}};
  EXPECT_TRUE(say(device, get).body.empty());
  ASSERT_EQ(
      say(device,
          {{"MessageType", "SetBootstrapToken"}, {"UDID", "U1"}, {"BootstrapToken", Bytes{7, 8}}})
          .status,
      200);
  const auto reply = parse_plist_dictionary(say(device, get).body);
  ASSERT_TRUE(reply);
  EXPECT_EQ(*reply->find("BootstrapToken")->data(), (Bytes{7, 8}));
  enroll(device, "U1");
  EXPECT_TRUE(say(device, get).body.empty());
}

TEST_F(MdmDoor, ACheckedOutDeviceGetsNothingUntilItAuthenticatesAgain) {
  const Device device = new_device();
  enroll(device, "U1");
  queue("U1", "C1");
  ASSERT_EQ(say(device, {{"MessageType", "CheckOut"}, {"UDID", "U1"}}).status, 200);
  const auto poll = say(device, idle("U1"));
  EXPECT_EQ(poll.status, 200);
  EXPECT_TRUE(poll.body.empty());
  EXPECT_EQ(say(device, token_update("U1")).status, 200);
  EXPECT_EQ((*store_->enrollments().find("U1"))->state, EnrollmentState::checked_out);
  enroll(device, "U1");
  EXPECT_EQ((*store_->enrollments().find("U1"))->state, EnrollmentState::enrolled);
  EXPECT_TRUE(say(device, idle("U1")).body.empty());
}

TEST_F(MdmDoor, OtherMethodsAreNotAllowed) {
  HttpRequest request = request_of(idle("U1"));
  request.method = "GET";
  EXPECT_EQ(handler_->handle(request).status, 405);
}

TEST_F(MdmDoor, GarbageInAnySizeIs400) {
  const Device device = new_device();
  for (const Bytes& body : {Bytes{}, to_bytes("x"), Bytes(100'000, '<'),
                            to_bytes("<?xml version=\"1.0\"?><plist><dict/></plist>")}) {
    HttpRequest request;
    request.method = "PUT";
    request.target = "/mdm";
    request.body = body;
    request.headers.add("Mdm-Signature", *make_mdm_signature(body, device.certificate, device.key));
    EXPECT_EQ(handler_->handle(request).status, 400);
  }
}

TEST_F(MdmDoor, AStrangersBodyIsBoundedBeforeItIsRead) {
  HttpRequest head = request_of(idle("U1"));
  head.body.clear();
  EXPECT_EQ(handler_->body_limit(head), limits::unknown_device_body);
  head.headers.add("Mdm-Signature", "AAAA");
  EXPECT_EQ(handler_->body_limit(head), limits::unknown_device_body);
  const Device device = new_device();
  head.headers.set("Mdm-Signature", *make_mdm_signature(head.body, device.certificate, device.key));
  EXPECT_EQ(handler_->body_limit(head), limits::device_body);
  head.headers.set("Content-Length", std::to_string(limits::unknown_device_body + 1));
  EXPECT_EQ(handler_->body_limit(head), limits::device_body);
  // What anybody may send is not worth a look at the sender.
  head.headers.set("Content-Length", std::to_string(limits::unknown_device_body));
  EXPECT_EQ(handler_->body_limit(head), limits::unknown_device_body);
}

TEST(StatusForDevice, NoFailureMakesADeviceUnenroll) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    const int status = status_for_device(static_cast<ErrorCode>(code));
    EXPECT_NE(status, 401);
    EXPECT_NE(status, 403);
    EXPECT_GE(status, 400);
  }
}

}  // namespace
}  // namespace bramley
