#include "core/mdm/enrollment_profile.h"
#include "core/mdm/profile_document.h"
#include "core/mdm/profile_rules.h"
#include "core/plist/plist_document.h"
#include "core/plist/plist_fields.h"

namespace bramley {
namespace {

Error malformed(std::string message) {
  return Error{ErrorCode::malformed, std::move(message)};
}

Result<std::string> required_string(const PlistDictionary& payload, std::string_view key) {
  TRY_ASSIGN(auto text, string_field(payload, key));
  return text.empty() ? Result<std::string>(malformed(std::string(key) + ": missing"))
                      : Result<std::string>(std::move(text));
}

Status read_capabilities(const PlistDictionary& payload, EnrollmentProfileContent& content) {
  const PlistValue* const capabilities = payload.find("ServerCapabilities");
  if (capabilities == nullptr) {
    return {};
  }
  if (capabilities->array() == nullptr) {
    return malformed("ServerCapabilities: no array");
  }
  for (const PlistValue& capability : *capabilities->array()) {
    if (capability.string() == nullptr) {
      return malformed("ServerCapabilities: not a list of names");
    }
    content.capabilities.push_back(*capability.string());
  }
  return {};
}

Status read_mdm(const PlistDictionary& payload, EnrollmentProfileContent& content) {
  TRY_ASSIGN(content.server_url, required_string(payload, "ServerURL"));
  TRY_ASSIGN(content.check_in_url, string_field(payload, "CheckInURL"));
  TRY_ASSIGN(content.topic, string_field(payload, "Topic"));
  TRY_ASSIGN(content.sign_message, boolean_field(payload, "SignMessage"));
  TRY_ASSIGN(content.check_out_when_removed, boolean_field(payload, "CheckOutWhenRemoved"));
  TRY_ASSIGN(content.enrollment_mode, string_field(payload, "EnrollmentMode"));
  TRY_ASSIGN(const auto rights, integer_field(payload, "AccessRights", 0));
  if (rights < 0 || rights > all_access_rights) {
    return malformed("AccessRights: " + std::to_string(rights));
  }
  content.access_rights = static_cast<int>(rights);
  return read_capabilities(payload, content);
}

// [[["O", "Example"]], [["CN", "device"]]], flattened.
Status read_subject(const PlistArray& names, EnrollmentProfileContent& content) {
  for (const PlistValue& name : names) {
    if (name.array() == nullptr) {
      return malformed("Subject: not a list of names");
    }
    for (const PlistValue& attribute : *name.array()) {
      const PlistArray* const pair = attribute.array();
      const bool is_pair = pair != nullptr && pair->size() == 2 && (*pair)[0].string() != nullptr &&
                           (*pair)[1].string() != nullptr;
      if (!is_pair) {
        return malformed("Subject: not a type and a value");
      }
      content.scep_subject.emplace_back(*(*pair)[0].string(), *(*pair)[1].string());
    }
  }
  return {};
}

Status read_scep(const PlistDictionary& payload, EnrollmentProfileContent& content) {
  const PlistValue* const inner = payload.find("PayloadContent");
  if (inner == nullptr || inner->dictionary() == nullptr) {
    return malformed("PayloadContent: no dictionary");
  }
  const PlistDictionary& scep = *inner->dictionary();
  TRY_ASSIGN(content.scep_url, required_string(scep, "URL"));
  TRY_ASSIGN(content.scep_name, string_field(scep, "Name"));
  TRY_ASSIGN(content.scep_challenge, string_field(scep, "Challenge"));
  TRY_ASSIGN(content.scep_ca_fingerprint, data_field(scep, "CAFingerprint"));
  TRY_ASSIGN(const auto bits, integer_field(scep, "Keysize", content.key_bits));
  if (bits < 1024 || bits > 8192) {
    return malformed("Keysize: " + std::to_string(bits));
  }
  content.key_bits = static_cast<int>(bits);
  const PlistValue* const subject = scep.find("Subject");
  if (subject == nullptr) {
    return {};
  }
  return subject->array() != nullptr ? read_subject(*subject->array(), content)
                                     : malformed("Subject: no array");
}

Status read_root(const PlistDictionary& payload, EnrollmentProfileContent& content) {
  TRY_ASSIGN(const auto der, data_field(payload, "PayloadContent"));
  TRY_ASSIGN(auto root, Certificate::from_file_content(der));
  content.tls_roots.push_back(std::move(root));
  return {};
}

struct Found {
  int mdm = 0;
  int scep = 0;
};

Status read_payload(const PlistValue& value, EnrollmentProfileContent& content, Found& found) {
  if (value.dictionary() == nullptr) {
    return malformed("a payload that is no dictionary");
  }
  const PlistDictionary& payload = *value.dictionary();
  TRY_ASSIGN(const auto type, string_field(payload, "PayloadType"));
  Status status;
  if (type == "com.apple.mdm") {
    ++found.mdm;
    status = read_mdm(payload, content);
  } else if (type == "com.apple.security.scep") {
    ++found.scep;
    status = read_scep(payload, content);
  } else if (type == "com.apple.security.root" || type == "com.apple.security.pkcs1") {
    status = read_root(payload, content);
  }
  return status ? status : std::move(status).error().while_doing(type);
}

Result<EnrollmentProfileContent> read_plain(ByteView profile) {
  TRY_ASSIGN(const auto root, parse_plist_dictionary(profile));
  const PlistValue* const payloads = root.find("PayloadContent");
  if (payloads == nullptr || payloads->array() == nullptr) {
    return malformed("PayloadContent: no array");
  }
  EnrollmentProfileContent content;
  Found found;
  for (const PlistValue& payload : *payloads->array()) {
    TRY(read_payload(payload, content, found));
  }
  if (found.mdm != 1 || found.scep != 1) {
    return malformed("not exactly one MDM and one SCEP payload");
  }
  return content;
}

Result<EnrollmentProfileContent> read_profile(ByteView profile) {
  TRY_ASSIGN(const auto document, open_profile(profile));
  return read_plain(document.content);
}

}  // namespace

Result<EnrollmentProfileContent> read_enrollment_profile(ByteView profile) {
  auto content = read_profile(profile);
  return content ? std::move(content)
                 : std::move(content).error().while_doing("read enrollment profile");
}

}  // namespace bramley
