#include "cli/simulator/device_facts.h"

#include <array>

#include "core/base/encoding.h"
#include "core/crypto/digest.h"

namespace bramley {
namespace {

struct Model {
  DevicePlatform platform;
  const char* model;
  const char* model_name;
  const char* product_name;
  const char* chip;  // the first part of its UDID
  const char* os_version;
  const char* build_version;
  double capacity_gb;
};
constexpr std::array<Model, 4> models = {
    {{DevicePlatform::mac, "MRX33", "MacBook Pro", "Mac15,3", "00008122", "15.1", "24B83", 494.4},
     {DevicePlatform::iphone, "MTP03", "iPhone", "iPhone15,4", "00008120", "18.1", "22B83", 128.0},
     {DevicePlatform::mac, "MLXW3", "MacBook Air", "Mac14,2", "00008112", "14.7.1", "23H222",
      245.1},
     {DevicePlatform::ipad, "MPQ03", "iPad", "iPad13,18", "00008101", "18.1", "22B83", 64.0}}};

// Bytes that depend on the seed, the index and what they are for.
Bytes derived(std::uint64_t seed, std::size_t index, std::string_view purpose) {
  const std::string name = "simulated device " + std::to_string(seed) + " " +
                           std::to_string(index) + " " + std::string(purpose);
  return to_bytes(ByteView(sha256(as_bytes(name)).bytes));
}

std::string letters(const Bytes& bytes, std::size_t size, std::string_view alphabet) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text.push_back(alphabet[bytes[i] % alphabet.size()]);
  }
  return text;
}

std::string uuid_of(Bytes bytes) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  std::string text = encode_hex(ByteView(bytes).first(16), HexCase::upper);
  for (const std::size_t position : {8U, 13U, 18U, 23U}) {
    text.insert(position, 1, '-');
  }
  return text;
}

// Locally administered, so that it cannot be anybody's.
std::string mac_address(const Bytes& bytes) {
  std::string text = "02";
  for (std::size_t i = 0; i < 5; ++i) {
    text += ":" + encode_hex(ByteView(bytes).subspan(i, 1));
  }
  return text;
}

}  // namespace

SimulatedFacts make_device_facts(std::uint64_t seed, std::size_t index) {
  // Without the letters that look like digits, as Apple's are.
  constexpr std::string_view serial_letters = "0123456789CDFGHJKLMNPQRTVWXY";
  constexpr std::string_view digits = "0123456789";
  const Model& model = models[index % models.size()];
  const auto bytes = [&](std::string_view purpose) { return derived(seed, index, purpose); };
  SimulatedFacts facts;
  facts.platform = model.platform;
  facts.udid =
      std::string(model.chip) + "-" + encode_hex(ByteView(bytes("udid")).first(8), HexCase::upper);
  facts.serial_number = letters(bytes("serial number"), 10, serial_letters);
  facts.device_name =
      "Simulated " + std::string(model.model_name) + " " + std::to_string(index + 1);
  facts.model = model.model;
  facts.model_name = model.model_name;
  facts.product_name = model.product_name;
  facts.os_version = model.os_version;
  facts.build_version = model.build_version;
  facts.wifi_mac = mac_address(bytes("wifi"));
  facts.push_magic = uuid_of(bytes("push magic"));
  facts.push_token = bytes("push token");
  facts.capacity_gb = model.capacity_gb;
  facts.available_gb = model.capacity_gb / (2.0 + bytes("space")[0] % 8);
  if (model.platform != DevicePlatform::mac) {
    facts.unlock_token = bytes("unlock token");
    facts.imei = "35 " + letters(bytes("imei"), 6, digits) + " 000000 0";
  }
  return facts;
}

}  // namespace bramley
