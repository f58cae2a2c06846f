// The profile that devices get, against what the server has.

#include <algorithm>

#include "cli/doctor/examination.h"
#include "cli/input.h"
#include "core/base/encoding.h"
#include "core/mdm/profile_document.h"
#include "core/mdm/profile_lint.h"

namespace bramley {
namespace {

constexpr std::size_t profile_limit = 16U << 20U;
constexpr const char* check = "profile";

void judge_topic(Examination& patient, const std::string& file) {
  std::vector<std::string> topics;
  for (const PushPair& pair : patient.push) {
    topics.push_back(pair.topic);
  }
  if (patient.server) {
    topics.insert(topics.end(), patient.server->topics.begin(), patient.server->topics.end());
  }
  if (topics.empty()) {
    patient.skip(check, file, "there is no push certificate to hold its topic to");
  } else if (std::ranges::find(topics, patient.profile->topic) == topics.end()) {
    patient.fault(check, file,
                  "its topic is " + patient.profile->topic +
                      ", and no push certificate has that: there is " + topics.front(),
                  "devices that enroll with it could never be reached: make the profile again, or "
                  "renew the certificate of that topic");
  } else {
    patient.ok(check, file, "its topic is that of the push certificate");
  }
}

void judge_url(Examination& patient, const std::string& file) {
  const std::string url = patient.public_url();
  if (url.empty()) {
    patient.skip(check, file, "no URL to hold its ServerURL to", "give --url");
  } else if (!patient.profile->server_url.starts_with(url + "/")) {
    patient.fault(check, file,
                  "it leads devices to " + patient.profile->server_url + ", not to " + url,
                  "make the profile again with --url " + url);
  } else {
    patient.ok(check, file, "it leads devices to " + url);
  }
}

void judge_fingerprint(Examination& patient, const std::string& file) {
  const Bytes& fingerprint = patient.profile->scep_ca_fingerprint;
  std::string ours = patient.scep_authority ? patient.scep_authority->fingerprint().hex() : "";
  if (patient.server && !patient.server->ca_sha256.empty()) {
    ours = patient.server->ca_sha256;
  }
  // Only SHA-256 can be compared with what is known; lint judges the length.
  if (fingerprint.size() != sizeof(Fingerprint::bytes) || ours.empty()) {
    return;
  }
  if (encode_hex(fingerprint) != ours) {
    patient.fault(check, file, "its CAFingerprint is of another SCEP CA than the server's",
                  "devices would refuse the CA: make the profile again");
  } else {
    patient.ok(check, file, "its CAFingerprint is that of the SCEP CA");
  }
}

void judge_signature(Examination& patient, const std::string& file, ByteView content) {
  const auto document = open_profile(content);
  if (!document || !document->signature) {
    return;
  }
  for (const ProfileRemark& remark : check_profile_signature(content, patient.now(), {})) {
    if (remark.level == ProfileRemark::Level::fault && remark.code != "certificate_expired" &&
        remark.code != "certificate_early") {
      patient.fault("profile_signature", file, remark.message, remark.hint);
    }
  }
  judge_dates(patient, "profile_signature", file, "certificate that signed the profile",
              document->signature->signer(), "sign it again: 'bramley profile sign'");
}

void judge_rules(Examination& patient, const std::string& file, ByteView content) {
  const auto remarks = lint_profile(content, patient.now());
  for (const ProfileRemark& remark : remarks) {
    const std::string message =
        remark.place.empty() ? remark.message : remark.place + ": " + remark.message;
    if (remark.level == ProfileRemark::Level::fault) {
      patient.fault(check, file, message, remark.hint);
    } else {
      patient.warn(check, file, message, remark.hint);
    }
  }
  if (remarks.empty()) {
    patient.ok(check, file, "it keeps Apple's rules");
  }
}

}  // namespace

void read_profile(Examination& patient) {
  const auto& file = patient.options().profile;
  const auto content = file.empty() ? Result<Bytes>(Bytes()) : read_input_file(file, profile_limit);
  if (auto profile = content ? read_enrollment_profile(*content)
                             : Result<EnrollmentProfileContent>(Error(content.error()))) {
    patient.profile = *std::move(profile);
  }
}

void check_profile(Examination& patient) {
  const std::string file = patient.options().profile.string();
  if (file.empty()) {
    patient.skip(check, "", "no profile was named", "name the one that devices get with --profile");
    return;
  }
  const auto content = read_input_file(file, profile_limit);
  if (!content) {
    patient.fault(check, file, content.error(), "name the profile that devices enroll with");
    return;
  }
  judge_rules(patient, file, *content);
  judge_signature(patient, file, *content);
  if (!patient.profile) {
    patient.fault(check, file, read_enrollment_profile(*content).error().message,
                  "name the profile that enrolls devices");
    return;
  }
  judge_topic(patient, file);
  judge_url(patient, file);
  judge_fingerprint(patient, file);
}

}  // namespace bramley
