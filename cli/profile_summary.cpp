#include "cli/profile_summary.h"

#include <nlohmann/json.hpp>

#include "cli/profile_report.h"
#include "core/base/encoding.h"
#include "core/mdm/enrollment_profile.h"
#include "core/mdm/profile_document.h"
#include "core/plist/plist_document.h"

namespace bramley {
namespace {

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
      {"access_rights", content.access_rights == 0 ? Json() : Json(content.access_rights)},
      {"signs_messages", content.sign_message},
      {"checks_out", content.check_out_when_removed},
      {"capabilities", content.capabilities},
      {"enrollment_mode", content.enrollment_mode.empty() ? Json() : Json(content.enrollment_mode)},
      {"scep_url", content.scep_url},
      {"scep_subject", subject_in_words(content)},
      {"scep_key_bits", content.key_bits},
      {"scep_challenge", !content.scep_challenge.empty()},
      {"scep_ca_fingerprint", fingerprint.empty() ? Json() : Json(encode_hex(fingerprint))},
      {"tls_roots", roots}};
}

}  // namespace

Result<Json> summarize_profile(ByteView content) {
  const auto document = open_profile(content);
  if (!document) {
    return Error{ErrorCode::malformed, document.error().message, document.error().hint};
  }
  TRY_ASSIGN(const PlistDictionary profile, parse_plist_dictionary(document->content));
  if (text_of(profile, "PayloadType") != Json("Configuration")) {
    return Error{ErrorCode::malformed, "this is no configuration profile"};
  }
  Json summary = {{"name", text_of(profile, "PayloadDisplayName")},
                  {"identifier", text_of(profile, "PayloadIdentifier")},
                  {"uuid", text_of(profile, "PayloadUUID")},
                  {"organization", text_of(profile, "PayloadOrganization")},
                  {"description", text_of(profile, "PayloadDescription")},
                  {"scope", text_of(profile, "PayloadScope")},
                  {"signed_by", nullptr}};
  if (document->signature) {
    summary["signed_by"] = document->signature->signer().subject();
    summary["signature"] = describe_signature(*document->signature);
    summary["signature"].erase("signed_by");
  }
  if (const auto enrollment = read_enrollment_profile(document->content)) {
    summary["enrollment"] = enrollment_of(*enrollment);
  }
  summary["payloads"] = payloads_of(profile);
  return summary;
}

}  // namespace bramley
