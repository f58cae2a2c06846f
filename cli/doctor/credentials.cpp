// The certificates and keys that a server uses, as pairs and by their dates.

#include <algorithm>

#include "cli/doctor/examination.h"
#include "cli/input.h"
#include "core/apns/push_certificate.h"
#include "core/crypto/enveloped_message.h"
#include "server/credentials/credential_text.h"
#include "server/credentials/scep_authority_files.h"

namespace bramley {
namespace {

constexpr std::size_t file_limit = 1U << 20U;
constexpr std::string_view import_hint = "import the pair again with 'bramley push-cert import'";

// The Apple Account is the one thing that nobody remembers after a year.
std::string renewal_of(const std::filesystem::path& certificate) {
  auto note = certificate;
  note.replace_extension(".account");
  const auto content = read_input_file(note, file_limit);
  std::string account = content ? to_text(*content) : std::string();
  account.erase(std::min(account.find_first_of("\r\n"), account.size()));
  return "renew it at identity.apple.com as " +
         (account.empty() ? "the Apple Account that made it" : account) +
         ": choose Renew, not Create, or every device is lost; then 'bramley push-cert import'";
}

void judge_pair(Examination& patient, const KeyMaterial& material, const std::string& place,
                const std::string& renewal) {
  std::string why = "no certificate in it";
  std::string hint = "put the push certificate there with 'bramley push-cert import'";
  bool any = false;
  for (const Certificate& certificate : material.certificates) {
    const auto topic = push_topic(certificate);
    if (!topic) {
      why = topic.error().message;
      hint = topic.error().hint;
      continue;
    }
    any = true;
    PushPair pair{*topic, certificate, std::nullopt, place};
    for (const PrivateKey& key : material.keys) {
      if (key.matches(certificate)) {
        pair.key = key;
      }
    }
    if (!pair.key) {
      patient.fault("push_certificate", place,
                    material.keys.empty() ? "its key is missing"
                                          : "its key does not belong to the certificate",
                    "the key is the one made with the request that Apple signed; then 'bramley "
                    "push-cert import'");
    }
    judge_dates(patient, "push_certificate", place, "push certificate of " + *topic, certificate,
                renewal);
    patient.push.push_back(std::move(pair));
  }
  if (!any) {
    patient.fault("push_certificate", place, why, hint);
  }
}

// A secret text with what it is called in messages.
Result<KeyMaterial> material_of(const SecretBytes& text, const std::string& name) {
  auto material = read_key_material(text.reveal());
  return material ? std::move(material)
                  : Result<KeyMaterial>(std::move(material).error().while_doing(name));
}

// BRAMLEY_PUSH_CERT and BRAMLEY_PUSH_KEY. Whether they are set.
bool judge_environment(Examination& patient) {
  const auto& environment = patient.session().environment();
  const auto certificate = credential_from_environment(environment, "BRAMLEY_PUSH_CERT");
  const auto key = credential_from_environment(environment, "BRAMLEY_PUSH_KEY");
  for (const auto* half : {&certificate, &key}) {
    if (!*half) {
      patient.fault("push_certificate", "environment", half->error(),
                    "set it to the text, or to @FILE with a file that this user can read");
      return true;
    }
  }
  if (!*certificate) {
    return false;
  }
  auto material = material_of(**certificate, "BRAMLEY_PUSH_CERT");
  auto keys = *key ? material_of(**key, "BRAMLEY_PUSH_KEY") : Result<KeyMaterial>(KeyMaterial{});
  for (const auto* half : {&material, &keys}) {
    if (!*half) {
      patient.fault("push_certificate", "environment", half->error(),
                    "set it to the text, or to @FILE with a file that this user can read");
      return true;
    }
  }
  material->keys.insert(material->keys.end(), keys->keys.begin(), keys->keys.end());
  judge_pair(patient, *material, "BRAMLEY_PUSH_CERT", renewal_of(""));
  return true;
}

void judge_file(Examination& patient, const std::filesystem::path& file) {
  auto material = read_material(file);
  if (!material) {
    patient.fault("push_certificate", file.string(), material.error(), std::string(import_hint));
    return;
  }
  auto key_file = file;
  key_file.replace_extension(".key");
  std::error_code ignored;
  if (std::filesystem::exists(key_file, ignored)) {
    auto keys = read_material(key_file);
    if (!keys) {
      patient.fault("push_certificate", key_file.string(), keys.error(), std::string(import_hint));
      return;
    }
    material->keys = std::move(keys->keys);
  }
  judge_pair(patient, *material, file.string(), renewal_of(file));
}

std::vector<std::filesystem::path> certificate_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() == ".pem") {
      files.push_back(entry->path());
    }
  }
  std::ranges::sort(files);
  return files;
}

// Two of one topic: which of them pushes is chance.
void judge_topics(Examination& patient) {
  for (auto pair = patient.push.begin(); pair != patient.push.end(); ++pair) {
    const auto twin = std::find_if(patient.push.begin(), pair, [&pair](const PushPair& other) {
      return other.topic == pair->topic;
    });
    if (twin != pair) {
      patient.fault("push_certificate", pair->place, "it has the same topic as " + twin->place,
                    "keep the newer one, and move the other away");
    }
  }
}

void judge_named(Examination& patient, const std::filesystem::path& file, const std::string& check,
                 const std::string& what, const std::string& renew) {
  const auto material = read_material(file);
  if (!material) {
    patient.fault(check, file.string(), material.error(),
                  "name the certificate, in PEM, DER or PKCS#12");
    return;
  }
  if (material->certificates.empty()) {
    patient.fault(check, file.string(), "no certificate in it", "name the certificate");
    return;
  }
  const Certificate& certificate = material->certificates.front();
  if (check == "vendor_certificate" &&
      apple_certificate_kind(certificate) != AppleCertificateKind::mdm_vendor) {
    patient.fault(check, file.string(), "it is no MDM vendor's signing certificate",
                  "it is the mdm.cer of developer.apple.com, 'MDM CSR'");
  }
  if (!material->keys.empty() &&
      std::ranges::none_of(material->keys, [&certificate](const PrivateKey& key) {
        return key.matches(certificate);
      })) {
    patient.fault(check, file.string(), "the key in it is not the certificate's",
                  "put the pair together that belongs together");
  }
  judge_dates(patient, check, file.string(), what, certificate, renew);
}

}  // namespace

void check_scep_authority(Examination& patient) {
  const ServerPlaces& places = patient.places();
  const std::string place = (places.credentials_dir / scep_certificate_file).string();
  const auto found =
      load_scep_authority(places.credentials_dir, patient.session().environment(), patient.now());
  if (!found) {
    patient.fault("scep_ca", place, found.error(), "restore both of its files from your backup");
    return;
  }
  if (*found == nullptr) {
    patient.skip("scep_ca", place, "there is none here",
                 "'bramley serve' makes one at its first start, 'bramley ca init' at once");
    return;
  }
  const Certificate& certificate = (*found)->certificate();
  patient.scep_authority = certificate;
  if (!check_envelope_recipient(certificate)) {
    patient.fault("scep_ca", place, "it has no RSA key, and SCEP can seal requests for no other",
                  "make a CA with 'bramley ca init'");
  }
  judge_dates(patient, "scep_ca", place, "SCEP CA", certificate,
              "renew it with the same key, so that devices keep their identities");
}

void check_push_certificates(Examination& patient) {
  const bool in_environment = judge_environment(patient);
  const auto directory = patient.places().credentials_dir / "push";
  const auto files = certificate_files(directory);
  for (const auto& file : files) {
    judge_file(patient, file);
  }
  judge_topics(patient);
  if (!in_environment && files.empty()) {
    patient.skip("push_certificate", directory.string(), "there is none here",
                 "import one with 'bramley push-cert import'");
  }
}

void check_named_certificates(Examination& patient) {
  for (const auto& file : patient.options().signing_certificates) {
    judge_named(patient, file, "signing_certificate", "certificate that signs profiles",
                "renew it and sign the profiles again");
  }
  for (const auto& file : patient.options().vendor_certificates) {
    judge_named(patient, file, "vendor_certificate", "vendor's signing certificate",
                "renew it at developer.apple.com: 'bramley csr vendor --renew'");
  }
}

}  // namespace bramley
