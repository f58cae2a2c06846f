// The certificates and keys that a server uses, as pairs and by their dates.

#include <algorithm>

#include "cli/doctor/examination.h"
#include "core/apns/push_certificate.h"
#include "core/crypto/enveloped_message.h"
#include "server/credentials/scep_authority_files.h"

namespace bramley {
namespace {

constexpr const char* push_check = "push_certificate";

std::string place_of(const PushCertificatePlace& place) {
  return place.file.empty() ? place.location : place.file.string();
}

// The Apple Account is the one thing that nobody remembers after a year.
std::string renewal_of(const PushCertificatePlace& place) {
  return "renew it at identity.apple.com as " +
         (place.apple_account.empty() ? "the Apple Account that made it" : place.apple_account) +
         ": choose Renew, not Create, or every device is lost; then 'bramley push-cert import'";
}

// One that was found before, of the same topic; null when there is none.
const PushPair* twin_of(const Examination& patient, const PushIdentity& identity) {
  const auto found = std::ranges::find(patient.push, identity.topic, &PushPair::topic);
  return found == patient.push.end() ? nullptr : &*found;
}

void judge_identity(Examination& patient, const PushCertificatePlace& place,
                    const PushIdentity& identity) {
  if (const PushPair* const twin = twin_of(patient, identity)) {
    if (twin->origin == place.origin) {
      patient.fault(push_check, place_of(place), "it has the same topic as " + twin->place,
                    "keep the newer one, and move the other away");
    }
    return;  // the environment stands before the directory
  }
  if (!identity.key) {
    patient.fault(push_check, place_of(place), "its key is missing",
                  "the key is the one made with the request that Apple signed; then 'bramley "
                  "push-cert import'");
  }
  judge_dates(patient, push_check, place_of(place), "push certificate of " + identity.topic,
              identity.certificate, renewal_of(place));
  patient.push.push_back(
      {identity.topic, identity.certificate, identity.key, place_of(place), place.origin});
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

// As the server finds them.
void check_push_certificates(Examination& patient) {
  const auto& directory = patient.places().credentials_dir;
  const std::string folder = (directory / push_folder).string();
  const auto places = find_push_certificates(directory, patient.session().environment());
  if (!places) {
    patient.fault(push_check, folder, places.error(),
                  "run the doctor as the user that runs the server");
    return;
  }
  for (const PushCertificatePlace& place : *places) {
    if (!place.content) {
      patient.fault(push_check, place_of(place), place.content.error(),
                    "import the pair again with 'bramley push-cert import'");
      continue;
    }
    for (const PushIdentity& identity : *place.content) {
      judge_identity(patient, place, identity);
    }
  }
  if (places->empty()) {
    patient.skip(push_check, folder, "there is none here",
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
