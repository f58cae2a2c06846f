#include "cli/simulator/device_state.h"

#include <sys/stat.h>

#include <set>

#include "core/base/file.h"
#include "tests/unit/cli/simulator/simulation_fixture.h"

namespace bramley {
namespace {

class DeviceStateTest : public SimulationFixture {
 protected:
  static unsigned mode_of(const std::filesystem::path& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0U;
  }
};

TEST_F(DeviceStateTest, FactsDependOnSeedAndIndexOnly) {
  std::set<std::string> udids;
  std::set<std::string> serials;
  for (std::size_t index = 0; index < 500; ++index) {
    const SimulatedFacts facts = make_device_facts(1, index);
    EXPECT_EQ(facts.udid, make_device_facts(1, index).udid);
    udids.insert(facts.udid);
    serials.insert(facts.serial_number);
    EXPECT_EQ(facts.udid.size(), 25U);
    EXPECT_EQ(facts.serial_number.size(), 10U);
    EXPECT_EQ(facts.push_token.size(), 32U);
    EXPECT_EQ(facts.imei.empty(),
              facts.platform != DevicePlatform::iphone && facts.platform != DevicePlatform::ipad);
  }
  EXPECT_EQ(udids.size(), 500U);
  EXPECT_EQ(serials.size(), 500U);
  EXPECT_NE(make_device_facts(2, 0).udid, make_device_facts(1, 0).udid);
  EXPECT_EQ(make_device_facts(1, 0).platform, DevicePlatform::mac);
}

TEST_F(DeviceStateTest, IsKeptWithItsSecretsForTheOwnerOnly) {
  const DeviceDirectory directory(folder_ / "devices", 1);
  DeviceState state = directory.load(3).value();
  EXPECT_FALSE(state.key);
  state.key = shared_test_key(0);
  state.certificate = server_.ca();
  state.server_url = "https://mdm.example.com/mdm";
  state.enrollment_profile = server_.profile();
  state.profiles = {{"a.b", "U", "Name \xC3\xA9", "Org", 2, {"com.apple.wifi.managed", "x"}}};
  ASSERT_TRUE(directory.save_key(3, *state.key));
  ASSERT_TRUE(directory.save(3, state));
  const auto again = directory.load(3);
  ASSERT_TRUE(succeeded(again));
  EXPECT_TRUE(again->is_enrolled());
  EXPECT_EQ(again->facts.udid, state.facts.udid);
  EXPECT_EQ(again->key->public_key_der(), state.key->public_key_der());
  EXPECT_EQ(*again->certificate, *state.certificate);
  EXPECT_EQ(again->enrollment_profile, state.enrollment_profile);
  ASSERT_EQ(again->profiles.size(), 1U);
  EXPECT_EQ(again->profiles[0].display_name, "Name \xC3\xA9");
  EXPECT_EQ(again->profiles[0].payload_types.size(), 2U);
  const auto device = folder_ / "devices" / "000004";
  EXPECT_EQ(mode_of(device / "key.pem"), 0600U);
  EXPECT_EQ(mode_of(device / "enrollment.mobileconfig"), 0600U);
  EXPECT_EQ(mode_of(device), 0700U);
}

TEST_F(DeviceStateTest, RefusesWhatIsNotItsOwn) {
  const DeviceDirectory directory(folder_, 1);
  ASSERT_TRUE(directory.save(0, directory.load(0).value()));
  EXPECT_TRUE(failed_with(ErrorCode::malformed, DeviceDirectory(folder_, 2).load(0)));
  const auto device = folder_ / "000001";
  for (const char* text : {"", "{", "[]", "{\"udid\":5}", "{\"seed\":1}"}) {
    ASSERT_TRUE(
        write_file(device / "device.json", as_bytes(text), FileMode::shared, Overwrite::replace));
    EXPECT_TRUE(failed_with(ErrorCode::malformed, directory.load(0))) << text;
  }
  ASSERT_TRUE(
      write_file(device / "key.pem", as_bytes("junk"), FileMode::secret, Overwrite::replace));
  EXPECT_TRUE(failed_with(ErrorCode::malformed, directory.load(0)));
}

}  // namespace
}  // namespace bramley
