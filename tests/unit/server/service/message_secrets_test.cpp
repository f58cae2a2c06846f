#include "server/service/message_secrets.h"

#include <gtest/gtest.h>

#include "core/plist/plist_document.h"

namespace bramley {
namespace {

std::string masked(const PlistDictionary& message) {
  return to_text(with_secrets_masked(*write_plist_xml(message)));
}

TEST(MaskedSecrets, AreGoneAndTheRestStays) {
  PlistDictionary command;
  command.set("RequestType", "SetRecoveryLock");
  command.set("NewPassword", "hunter2");
  command.set("PIN", 123456);
  command.set("PasscodePresent", true);
  PlistDictionary message;
  message.set("MessageType", "TokenUpdate");
  message.set("Command", command);
  message.set("UnlockToken", to_bytes(std::string_view("unlock")));
  message.set("TokenServiceType", "com.apple.maid");
  message.set("Payload", to_bytes(std::string_view("a whole profile")));
  message.set("Users", PlistArray{PlistDictionary{{"passwordHash", to_bytes(std::string_view("h"))},
                                                  {"shortName", "ada"}}});
  const std::string text = masked(message);
  for (const char* kept : {"SetRecoveryLock", "PasscodePresent", "<true/>", "TokenUpdate",
                           "com.apple.maid", "ada", "(masked, 6 bytes)", "(masked, 7 bytes)"}) {
    EXPECT_NE(text.find(kept), std::string::npos) << kept << "\n" << text;
  }
  for (const char* gone : {"hunter2", "123456", "dW5sb2Nr", "YSB3aG9sZSBwcm9maWxl"}) {
    EXPECT_EQ(text.find(gone), std::string::npos) << gone;
  }
}

TEST(MaskedSecrets, EveryNameThatMayHideOneIsMasked) {
  for (const char* key :
       {"Token", "BootstrapToken", "AuthToken", "TokenData", "PushMagic", "DigestResponse",
        "DigestChallenge", "Challenge", "Password", "Passcode", "PersonalRecoveryKey",
        "FDE_PersonalRecoveryKeyCMS64", "ActivationLockBypassCode", "EscrowKey", "FileVaultUnlock",
        "PrivateKeyExport", "RotateResult", "SecurityToken", "clientSecret"}) {
    EXPECT_EQ(masked(PlistDictionary{{key, "the-secret"}}).find("the-secret"), std::string::npos)
        << key;
  }
}

TEST(MaskedSecrets, OfWhatIsNoPropertyListNothingIsLeft) {
  EXPECT_TRUE(with_secrets_masked(as_bytes("secret")).empty());
}

}  // namespace
}  // namespace bramley
