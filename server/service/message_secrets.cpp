#include "server/service/message_secrets.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "core/plist/plist_document.h"

namespace bramley {
namespace {

// Apple's names for what must stay between a device and its server.
constexpr std::array<std::string_view, 22> secret_keys = {
    "UnlockToken",
    "BootstrapToken",
    "Token",
    "PushMagic",
    "AuthToken",
    "DigestResponse",
    "DigestChallenge",
    "Challenge",
    "Password",
    "Passcode",
    "PIN",
    "NewPassword",
    "CurrentPassword",
    "PersonalRecoveryKey",
    "RecoveryKey",
    "NewRecoveryKey",
    "FDE_PersonalRecoveryKeyCMS",
    "FDE_PersonalRecoveryKeyCMS64",
    "RotateResult",
    "EncryptedNewRecoveryKey",
    "ActivationLockBypassCode",
    "BypassCode",
};

bool is_secret(std::string_view key) {
  return std::ranges::find(secret_keys, key) != secret_keys.end();
}

PlistValue cleaned(const PlistValue& value) {
  if (const auto* const dictionary = value.dictionary()) {
    std::vector<PlistDictionary::Entry> kept;
    for (const auto& [key, member] : dictionary->entries()) {
      if (!is_secret(key)) {
        kept.emplace_back(key, cleaned(member));
      }
    }
    return PlistDictionary(std::move(kept));
  }
  if (const auto* const array = value.array()) {
    PlistArray kept;
    for (const PlistValue& member : *array) {
      kept.push_back(cleaned(member));
    }
    return kept;
  }
  return value;
}

// Parts of names, in lower case. Wider than the list above: what is shown to people may lack
// something harmless.
constexpr std::array<std::string_view, 12> secret_parts = {
    "token",  "password",  "passcode",   "secret",    "recoverykey", "challenge",
    "digest", "pushmagic", "bypasscode", "escrowkey", "privatekey",  "rotateresult"};
// A whole profile may hold anything; so may what unlocks FileVault.
constexpr std::array<std::string_view, 3> secret_wholes = {"Payload", "FileVaultUnlock",
                                                           "Signature"};
constexpr std::array<std::string_view, 2> harmless = {"TokenServiceType", "MessageType"};

bool may_be_secret(std::string_view key) {
  if (is_secret(key) || std::ranges::find(secret_wholes, key) != secret_wholes.end()) {
    return true;
  }
  std::string lower(key);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return std::ranges::find(harmless, key) == harmless.end() &&
         std::ranges::any_of(secret_parts, [&](std::string_view part) {
           return lower.find(part) != std::string::npos;
         });
}

// Yes and no are no secrets, nor are dates. Numbers may be: a PIN.
std::optional<PlistValue> mask_of(const PlistValue& value) {
  if (value.boolean() != nullptr || value.date() != nullptr) {
    return std::nullopt;
  }
  const auto sized = [](std::size_t size) {
    return PlistValue("(masked, " + std::to_string(size) + " bytes)");
  };
  if (const auto* const text = value.string()) {
    return sized(text->size());
  }
  if (const auto* const data = value.data()) {
    return sized(data->size());
  }
  return PlistValue("(masked)");
}

PlistValue masked(const PlistValue& value) {
  if (const auto* const dictionary = value.dictionary()) {
    std::vector<PlistDictionary::Entry> shown;
    for (const auto& [key, member] : dictionary->entries()) {
      auto mask = may_be_secret(key) ? mask_of(member) : std::nullopt;
      shown.emplace_back(key, mask ? *std::move(mask) : masked(member));
    }
    return PlistDictionary(std::move(shown));
  }
  if (const auto* const array = value.array()) {
    PlistArray shown;
    for (const PlistValue& member : *array) {
      shown.push_back(masked(member));
    }
    return shown;
  }
  return value;
}

Bytes rewritten(ByteView message, PlistValue (*rewrite)(const PlistValue&)) {
  const auto document = parse_plist(message);
  if (!document) {
    return {};
  }
  auto written = write_plist_xml(rewrite(*document));
  return written ? *std::move(written) : Bytes();
}

}  // namespace

Bytes without_secrets(ByteView message) {
  return rewritten(message, cleaned);
}

Bytes with_secrets_masked(ByteView message) {
  return rewritten(message, masked);
}

}  // namespace bramley
