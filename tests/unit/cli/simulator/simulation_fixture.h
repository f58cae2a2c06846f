#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "core/plist/plist_document.h"
#include "tests/unit/cli/simulator/fake_mdm_server.h"

namespace bramley {

// A folder of its own, a fake server, and everything that devices need to talk to it.
class SimulationFixture : public testing::Test {
 protected:
  SimulationFixture() {
    std::string name = (std::filesystem::temp_directory_path() / "bramley-sim-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SimulationFixture() override { std::filesystem::remove_all(folder_); }

  // Small keys: a test makes many, and nothing here depends on their strength.
  static DeviceBehaviour quick_behaviour() { return {.key_bits = 1024}; }

  DeviceSurroundings surroundings() {
    return {.clock = clock_,
            .random = random_,
            .statistics = statistics_,
            .clients = clients_,
            .directory = directory_,
            .behaviour = behaviour_,
            .seed = 1,
            .fetch_profile = [this]() -> Result<Bytes> { return server_.profile(); },
            .server_origin = FakeMdmServer::origin,
            .ca_pem = ""};
  }

  static const PlistValue& member(const PlistDictionary& dictionary, std::string_view key) {
    static const PlistValue absent("(absent)");
    const PlistValue* const found = dictionary.find(key);
    return found == nullptr ? absent : *found;
  }

  std::filesystem::path folder_;
  FakeClock clock_;
  SeededRandom random_{7};
  FakeMdmServer server_;
  SimulationStatistics statistics_;
  SharedHttpClients clients_{server_.client_factory()};
  DeviceDirectory directory_{std::nullopt, 1};
  DeviceBehaviour behaviour_ = quick_behaviour();
};

}  // namespace bramley
