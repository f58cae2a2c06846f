#include "server/http/health_handler.h"

#include "tests/support/api_fixture.h"

namespace bramley {
namespace {

// A store whose database went away.
class LostStore : public Store {
 public:
  explicit LostStore(Store& inner) : inner_(inner) {}
  EnrollmentStore& enrollments() override { return inner_.enrollments(); }
  CommandQueue& commands() override { return inner_.commands(); }
  CertificateStore& certificates() override { return inner_.certificates(); }
  PushSchedule& push_schedule() override { return inner_.push_schedule(); }
  EventStore& events() override { return inner_.events(); }
  RenewalStore& renewals() override { return inner_.renewals(); }
  InventoryStore& inventory() override { return inner_.inventory(); }
  TokenStore& tokens() override { return inner_.tokens(); }
  Result<FleetIdentity> fleet_identity() const override { return inner_.fleet_identity(); }
  Status set_fleet_identity(const FleetIdentity& identity) override {
    return inner_.set_fleet_identity(identity);
  }
  Status check() const override {
    return Error{ErrorCode::unavailable, "/var/lib/bramley/bramley.db: disk I/O error"};
  }
  Status flush() override { return inner_.flush(); }

 private:
  Store& inner_;
};

using Health = ApiFixture;

TEST_F(Health, HealthzSaysThatTheProcessLives) {
  const HttpResponse response = api_->handle(bare("GET", "/healthz"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(to_text(response.body), "ok\n");
}

TEST_F(Health, ReadyzIsReady) {
  const HttpResponse response = api_->handle(bare("GET", "/readyz"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(to_text(response.body), "{\"status\":\"ready\"}\n");
}

TEST_F(Health, ReadyzNamesThePartAndNotTheCause) {
  LostStore lost(*store_);
  HealthHandler health(lost, credentials_, HealthHandler::Scep::on, clock_, log_);
  const HttpResponse response = health.handle(bare("GET", "/readyz"));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(to_text(response.body),
            "{\"status\":\"unavailable\",\"reasons\":[\"storage does not answer\"]}\n");
  EXPECT_NE(log_.text().find("disk I/O error"), std::string::npos);
  EXPECT_EQ(health.handle(bare("GET", "/healthz")).status, 200);
}

TEST_F(Health, ReadyzLooksAtTheScepAuthority) {
  clock_.advance(std::chrono::days(366));
  const HttpResponse expired = api_->handle(bare("GET", "/readyz"));
  EXPECT_EQ(expired.status, 503);
  EXPECT_EQ(json_of(expired)["reasons"][0], "the SCEP CA is out of its dates");
  credentials_.authority = nullptr;
  const HttpResponse none = api_->handle(bare("GET", "/readyz"));
  EXPECT_EQ(json_of(none)["reasons"][0], "there is no SCEP CA");
  open_api({.scep = false});
  EXPECT_EQ(api_->handle(bare("GET", "/readyz")).status, 200);
}

TEST_F(Health, OnlyReadingIsAllowed) {
  EXPECT_EQ(api_->handle(bare("HEAD", "/readyz")).status, 200);
  const HttpResponse response = api_->handle(bare("POST", "/healthz"));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace bramley
