#include "cli/profile_summary.h"

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "core/crypto/signed_message.h"
#include "core/mdm/enrollment_profile.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

// The first byte of DER: a SEQUENCE, as CMS begins.
constexpr std::uint8_t der_sequence = 0x30;

Json text_of(const PlistDictionary& dictionary, std::string_view key) {
  const PlistValue* value = dictionary.find(key);
  return value != nullptr && value->string() != nullptr ? Json(*value->string()) : Json();
}

Json payloads_of(const PlistDictionary& profile) {
  Json payloads = Json::array();
  const PlistValue* content = profile.find("PayloadContent");
  if (content == nullptr || content->array() == nullptr) {
    return payloads;
  }
  for (const PlistValue& item : *content->array()) {
    if (const PlistDictionary* payload = item.dictionary()) {
      payloads.push_back({{"type", text_of(*payload, "PayloadType")},
                          {"identifier", text_of(*payload, "PayloadIdentifier")},
                          {"name", text_of(*payload, "PayloadDisplayName")}});
    }
  }
  return payloads;
}

std::string subject_in_words(const EnrollmentProfileContent& content) {
  std::string subject;
  for (const auto& [type, value] : content.scep_subject) {
    subject += (subject.empty() ? "" : ", ") + type + "=" + value;
  }
  return subject;
}

Json enrollment_of(const EnrollmentProfileContent& content) {
  Json roots = Json::array();
  for (const Certificate& root : content.tls_roots) {
    roots.push_back(root.subject());
  }
  const auto& fingerprint = content.scep_ca_fingerprint;
  return {
      {"mdm_url", content.server_url},
      {"check_in_url", content.check_in_url.empty() ? content.server_url : content.check_in_url},
      {"topic", content.topic},
      {"signs_messages", content.sign_message},
      {"scep_url", content.scep_url},
      {"scep_subject", subject_in_words(content)},
      {"scep_key_bits", content.key_bits},
      {"scep_challenge", !content.scep_challenge.empty()},
      {"scep_ca_fingerprint", fingerprint.empty() ? Json() : Json(encode_hex(fingerprint))},
      {"tls_roots", roots}};
}

}  // namespace

Result<Json> summarize_profile(ByteView content) {
  std::string signer;
  Bytes plain = to_bytes(content);
  if (!content.empty() && content.front() == der_sequence) {
    auto message = SignedMessage::verify(content);
    if (!message) {
      return Error{ErrorCode::malformed, message.error().message};
    }
    signer = message->signer().subject();
    plain = message->content();
  }
  TRY_ASSIGN(const PlistDictionary profile, parse_plist_dictionary(plain));
  if (text_of(profile, "PayloadType") != Json("Configuration")) {
    return Error{ErrorCode::malformed, "this is no configuration profile"};
  }
  Json summary = {{"name", text_of(profile, "PayloadDisplayName")},
                  {"identifier", text_of(profile, "PayloadIdentifier")},
                  {"uuid", text_of(profile, "PayloadUUID")},
                  {"organization", text_of(profile, "PayloadOrganization")},
                  {"description", text_of(profile, "PayloadDescription")},
                  {"signed_by", signer.empty() ? Json() : Json(signer)}};
  if (const auto enrollment = read_enrollment_profile(plain)) {
    summary["enrollment"] = enrollment_of(*enrollment);
  }
  summary["payloads"] = payloads_of(profile);
  return summary;
}

}  // namespace bramley
