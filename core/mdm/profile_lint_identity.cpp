// Apple, "SCEP" payload, and the payloads that hold a certificate.

#include "core/crypto/certificate_chain.h"
#include "core/mdm/profile_lint_notes.h"
#include "core/mdm/profile_rules.h"

namespace bramley {
namespace {

void lint_scep_url(const PayloadView& scep) {
  const std::string* const url = scep.text("URL");
  if (url == nullptr) {
    if (!scep.has("URL")) {
      scep.notes().fault("scep_url_missing", scep.place("URL"), "it is missing",
                         "name where devices get their identity: https://mdm.example.com/scep");
    }
    return;
  }
  const auto parts = split_url(*url);
  if (parts && parts->path.find('?') != std::string_view::npos) {
    scep.notes().fault("scep_url_query", scep.place("URL"), "it has a query: " + *url,
                       "devices append ?operation= to it as it is: leave the query out");
  } else if (auto fine = check_scep_url(*url); !fine) {
    scep.notes().fault("scep_url_malformed", scep.place("URL"), fine.error().message,
                       "write it as https://mdm.example.com/scep");
  } else if (parts->scheme == "http" && !scep.has("CAFingerprint")) {
    scep.notes().warn("scep_http", scep.place("URL"),
                      "plain http, and no CAFingerprint: anybody on the way can be the CA",
                      "use https, or add CAFingerprint");
  }
}

void lint_scep_key(const PayloadView& scep) {
  const std::int64_t* const size = scep.integer("Keysize");
  if (!scep.has("Keysize")) {
    scep.notes().fault("keysize_missing", scep.place("Keysize"),
                       "it is missing, and devices then make RSA keys of 1024 bits",
                       "set it to 2048");
  } else if (size != nullptr && *size != 2048 && *size != 4096) {
    scep.notes().fault("keysize", scep.place("Keysize"), "it is " + std::to_string(*size),
                       "set it to 2048, or to 4096");
  }
  const std::int64_t* const usage = scep.integer("Key Usage");
  if (usage != nullptr && (*usage & 1) == 0) {
    scep.notes().fault("key_usage", scep.place("Key Usage"),
                       "it is " + std::to_string(*usage) + ": the key may not sign",
                       "set it to 5 (sign and encrypt)");
  } else if (!scep.has("Key Usage") || (usage != nullptr && *usage != 5)) {
    scep.notes().warn("key_usage_unusual", scep.place("Key Usage"),
                      usage == nullptr ? "it is missing" : "it is " + std::to_string(*usage),
                      "set it to 5 (sign and encrypt)");
  }
  if (const std::string* const type = scep.text("Key Type"); type != nullptr && *type != "RSA") {
    scep.notes().fault("key_type", scep.place("Key Type"), "devices make RSA keys only: " + *type,
                       "write RSA, or leave it out");
  }
}

void lint_scep_trust(const PayloadView& scep) {
  const Bytes* const fingerprint = scep.data("CAFingerprint");
  if (!scep.has("CAFingerprint")) {
    scep.notes().warn("fingerprint_missing", scep.place("CAFingerprint"),
                      "devices do not check which CA answers",
                      "give the CA to 'bramley profile enrollment --ca-cert'");
  } else if (fingerprint != nullptr && fingerprint->size() != 16 && fingerprint->size() != 20 &&
             fingerprint->size() != 32 && fingerprint->size() != 64) {
    scep.notes().fault("fingerprint_length", scep.place("CAFingerprint"),
                       std::to_string(fingerprint->size()) + " bytes are no digest",
                       "give the SHA-256 of the CA's certificate: 32 bytes, not their hex");
  }
  const std::string* const challenge = scep.text("Challenge");
  if (!scep.has("Challenge") || (challenge != nullptr && challenge->empty())) {
    scep.notes().warn("challenge_missing", scep.place("Challenge"),
                      "devices ask for an identity without a password",
                      "add the challenge that the server expects");
  }
}

}  // namespace

void lint_scep(const PayloadView& payload) {
  const PlistDictionary* const content = payload.dictionary("PayloadContent");
  if (content == nullptr) {
    if (!payload.has("PayloadContent")) {
      payload.notes().fault("scep_content_missing", payload.place("PayloadContent"),
                            "it is missing", "the SCEP settings are a <dict> in PayloadContent");
    }
    return;
  }
  const PayloadView scep(*content, std::string(scep_payload_type), payload.notes());
  lint_scep_url(scep);
  lint_scep_key(scep);
  lint_scep_trust(scep);
  (void)scep.array("Subject");
}

void lint_certificate(const PayloadView& payload, std::string_view type, Timestamp now) {
  const std::string place = payload.place("PayloadContent");
  const Bytes* const content = payload.data("PayloadContent");
  const auto certificate =
      Certificate::from_file_content(content == nullptr ? ByteView() : ByteView(*content));
  if (!certificate) {
    payload.notes().fault("certificate_unreadable", place, certificate.error().message,
                          "a certificate in DER (or PEM) is wanted there, as <data>");
    return;
  }
  if (now > certificate->not_after()) {
    payload.notes().fault(
        "certificate_expired", place,
        certificate->subject() + " expired on " + format_rfc3339(certificate->not_after()),
        "take the certificate that is in use now");
  }
  if (type == "com.apple.security.root" && !is_self_signed(*certificate)) {
    payload.notes().warn("root_is_none", place,
                         certificate->subject() + " was issued by " + certificate->issuer(),
                         "a root payload holds a root: give that, or use com.apple.security.pkcs1");
  }
}

}  // namespace bramley
