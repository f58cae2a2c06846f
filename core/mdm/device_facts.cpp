#include "core/mdm/device_facts.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/mdm/os_version.h"

namespace bramley {
namespace {

constexpr FactInfo facts_table[] = {
    {Fact::serial_number, "serial_number", FactType::text},
    {Fact::udid, "udid", FactType::text},
    {Fact::device_name, "device_name", FactType::text},
    {Fact::platform, "platform", FactType::text},
    {Fact::os_version, "os_version", FactType::version},
    {Fact::os_version_extra, "os_version_extra", FactType::text},
    {Fact::build_version, "build_version", FactType::text},
    {Fact::model, "model", FactType::text},
    {Fact::model_name, "model_name", FactType::text},
    {Fact::product_name, "product_name", FactType::text},
    {Fact::last_seen, "last_seen", FactType::moment},
    {Fact::enrolled_at, "enrolled_at", FactType::moment},
    {Fact::supervised, "supervised", FactType::yes_no},
    {Fact::user_enrollment, "user_enrollment", FactType::yes_no},
    {Fact::enrolled_via_dep, "enrolled_via_dep", FactType::yes_no},
    {Fact::user_approved_enrollment, "user_approved_enrollment", FactType::yes_no},
    {Fact::shared_ipad, "shared_ipad", FactType::yes_no},
    {Fact::is_awaiting_configuration, "is_awaiting_configuration", FactType::yes_no},
    {Fact::apple_silicon, "apple_silicon", FactType::yes_no},
    {Fact::activation_lock, "activation_lock", FactType::yes_no},
    {Fact::lost_mode, "lost_mode", FactType::yes_no},
    {Fact::passcode_present, "passcode_present", FactType::yes_no},
    {Fact::passcode_compliant, "passcode_compliant", FactType::yes_no},
    {Fact::filevault_enabled, "filevault_enabled", FactType::yes_no},
    {Fact::filevault_personal_key, "filevault_personal_key", FactType::yes_no},
    {Fact::filevault_institutional_key, "filevault_institutional_key", FactType::yes_no},
    {Fact::system_integrity_protection, "system_integrity_protection", FactType::yes_no},
    {Fact::firewall_enabled, "firewall_enabled", FactType::yes_no},
    {Fact::firmware_password, "firmware_password", FactType::yes_no},
    {Fact::recovery_lock, "recovery_lock", FactType::yes_no},
    {Fact::remote_desktop, "remote_desktop", FactType::yes_no},
    {Fact::secure_boot_level, "secure_boot_level", FactType::text},
    {Fact::capacity_gb, "capacity_gb", FactType::number},
    {Fact::available_gb, "available_gb", FactType::number},
    {Fact::battery_level, "battery_level", FactType::number},
    {Fact::wifi_mac, "wifi_mac", FactType::text},
};
constexpr std::size_t fact_count = std::size(facts_table);

// Where in facts_table a number stands.
constexpr std::array<std::uint8_t, fact_count + 1> places = [] {
  std::array<std::uint8_t, fact_count + 1> found{};
  for (std::size_t i = 0; i < fact_count; ++i) {
    found[static_cast<std::size_t>(facts_table[i].fact)] = static_cast<std::uint8_t>(i);
  }
  return found;
}();

bool has_type(const FactValue& value, FactType type) {
  switch (type) {
    case FactType::text:
    case FactType::version:
      return std::holds_alternative<std::string>(value);
    case FactType::yes_no:
      return std::holds_alternative<bool>(value);
    case FactType::number:
      return std::holds_alternative<double>(value);
    case FactType::moment:
      return std::holds_alternative<Timestamp>(value);
  }
  return false;
}

bool is_fit(const FactValue& value) {
  const auto* const text = std::get_if<std::string>(&value);
  if (text == nullptr) {
    const auto* const number = std::get_if<double>(&value);
    return number == nullptr || (*number > -1e15 && *number < 1e15);  // no NaN, no infinity
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !text->empty() && text->size() <= longest_fact && is_utf8(*text) &&
         std::ranges::none_of(*text, is_control);
}

struct PlatformWord {
  std::string_view word;
  std::string_view platform;
};
// How product names begin, and what model names contain.
constexpr PlatformWord product_words[] = {{"Mac", "macOS"},        {"iMac", "macOS"},
                                          {"VirtualMac", "macOS"}, {"Xserve", "macOS"},
                                          {"iPhone", "iOS"},       {"iPod", "iOS"},
                                          {"iPad", "iPadOS"},      {"AppleTV", "tvOS"},
                                          {"Watch", "watchOS"},    {"RealityDevice", "visionOS"}};
constexpr PlatformWord model_words[] = {
    {"Mac", "macOS"},     {"iPhone", "iOS"},      {"iPod", "iOS"},     {"iPad", "iPadOS"},
    {"Apple TV", "tvOS"}, {"Vision", "visionOS"}, {"Watch", "watchOS"}};

std::string_view platform_of_product(std::string_view product) {
  for (const auto& [word, platform] : product_words) {
    if (product.starts_with(word)) {
      return platform;
    }
  }
  return {};
}

std::string_view platform_of_model_name(std::string_view name) {
  for (const auto& [word, platform] : model_words) {
    if (name.find(word) != std::string_view::npos) {
      return platform;
    }
  }
  return {};
}

bool is_before_ipados(const DeviceFacts& facts) {
  const auto* const text = facts.text(Fact::os_version);
  const auto version = text == nullptr ? std::nullopt : OsVersion::parse(*text);
  return version && *version < OsVersion::parse("13.1");
}

}  // namespace

std::span<const FactInfo> all_facts() {
  return facts_table;
}

const FactInfo& fact_info(Fact fact) {
  return facts_table[places.at(static_cast<std::size_t>(fact))];
}

const FactInfo* find_fact(std::string_view name) {
  const auto* const found = std::ranges::find(facts_table, name, &FactInfo::name);
  return found == std::end(facts_table) ? nullptr : found;
}

const KnownFact* DeviceFacts::find(Fact fact) const {
  const auto found = std::ranges::lower_bound(known_, fact, {}, &KnownFact::fact);
  return found == known_.end() || found->fact != fact ? nullptr : &*found;
}

const std::string* DeviceFacts::text(Fact fact) const {
  const auto* const known = find(fact);
  return known == nullptr ? nullptr : std::get_if<std::string>(&known->value);
}

const bool* DeviceFacts::yes_no(Fact fact) const {
  const auto* const known = find(fact);
  return known == nullptr ? nullptr : std::get_if<bool>(&known->value);
}

void DeviceFacts::set(Fact fact, FactValue value, std::optional<Timestamp> as_of) {
  if (!has_type(value, fact_info(fact).type) || !is_fit(value)) {
    return;
  }
  const auto found = std::ranges::lower_bound(known_, fact, {}, &KnownFact::fact);
  if (found != known_.end() && found->fact == fact) {
    *found = {fact, std::move(value), as_of};
  } else {
    known_.insert(found, {fact, std::move(value), as_of});
  }
}

void DeviceFacts::forget(Fact fact) {
  std::erase_if(known_, [fact](const KnownFact& known) { return known.fact == fact; });
}

void DeviceFacts::learn(const DeviceFacts& newer) {
  for (const KnownFact& known : newer.known_) {
    set(known.fact, known.value, known.as_of);
  }
}

void derive_platform(DeviceFacts& facts) {
  facts.forget(Fact::platform);
  for (const Fact source : {Fact::product_name, Fact::model_name, Fact::model}) {
    const KnownFact* const known = facts.find(source);
    if (known == nullptr) {
      continue;
    }
    const auto& text = std::get<std::string>(known->value);
    std::string_view platform =
        source == Fact::model_name ? platform_of_model_name(text) : platform_of_product(text);
    if (!platform.empty()) {
      if (platform == "iPadOS" && is_before_ipados(facts)) {
        platform = "iOS";
      }
      facts.set(Fact::platform, std::string(platform), known->as_of);
      return;
    }
  }
}

std::span<const std::string_view> platform_names() {
  static constexpr std::array<std::string_view, 6> names = {"macOS", "iOS",      "iPadOS",
                                                            "tvOS",  "visionOS", "watchOS"};
  return names;
}

}  // namespace bramley
