#include "cli/simulator/device_messages.h"

#include "core/plist/plist_document.h"
#include "core/plist/plist_fields.h"

namespace bramley {
namespace {

Result<DeviceMessage> check_in(const SimulatedFacts& facts, std::string_view topic,
                               std::string_view type, PlistDictionary content) {
  content.set("MessageType", type);
  content.set("Topic", topic);
  content.set("UDID", facts.udid);
  TRY_ASSIGN(auto body, write_plist_xml(content));
  return DeviceMessage{std::string(type), MessageKind::check_in, std::move(body)};
}

}  // namespace

Result<DeviceMessage> authenticate_message(const SimulatedFacts& facts, std::string_view topic) {
  PlistDictionary content({{"BuildVersion", facts.build_version},
                           {"DeviceName", facts.device_name},
                           {"Model", facts.model},
                           {"ModelName", facts.model_name},
                           {"OSVersion", facts.os_version},
                           {"ProductName", facts.product_name},
                           {"SerialNumber", facts.serial_number}});
  if (!facts.imei.empty()) {
    content.set("IMEI", facts.imei);
  }
  return check_in(facts, topic, "Authenticate", std::move(content));
}

Result<DeviceMessage> token_update_message(const SimulatedFacts& facts, std::string_view topic) {
  PlistDictionary content({{"AwaitingConfiguration", false},
                           {"PushMagic", facts.push_magic},
                           {"Token", facts.push_token}});
  if (!facts.unlock_token.empty()) {
    content.set("UnlockToken", facts.unlock_token);
  }
  return check_in(facts, topic, "TokenUpdate", std::move(content));
}

Result<DeviceMessage> check_out_message(const SimulatedFacts& facts, std::string_view topic) {
  return check_in(facts, topic, "CheckOut", {});
}

Result<DeviceMessage> idle_message(const SimulatedFacts& facts) {
  TRY_ASSIGN(auto body,
             write_plist_xml(PlistDictionary({{"Status", "Idle"}, {"UDID", facts.udid}})));
  return DeviceMessage{"Idle", MessageKind::report, std::move(body)};
}

Result<DeviceMessage> report_message(const SimulatedFacts& facts, std::string_view command_uuid,
                                     PlistDictionary report) {
  TRY_ASSIGN(auto status, string_field(report, "Status"));
  report.set("CommandUUID", command_uuid);
  report.set("UDID", facts.udid);
  TRY_ASSIGN(auto body, write_plist_xml(report));
  return DeviceMessage{std::move(status), MessageKind::report, std::move(body)};
}

}  // namespace bramley
