#include "core/crypto/certificate.h"

#include <algorithm>
#include <array>

#include "core/crypto/asn1_time.h"
#include "core/crypto/distinguished_name.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/pem.h"
#include "core/crypto/public_key_info.h"
#include "core/crypto/quick_parsing.h"

namespace bramley {

namespace {

constexpr std::size_t most_certificates = 1000;

bool is_certificate(const PemBlock& block) {
  return block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE";
}

// The next CERTIFICATE block, whatever stands before it.
Result<std::optional<Certificate>> next_certificate(PemReader& reader) {
  while (true) {
    TRY_ASSIGN(const std::optional<PemBlock> block, reader.next());
    if (!block) {
      return std::optional<Certificate>();
    }
    if (is_certificate(*block)) {
      TRY_ASSIGN(Certificate certificate, Certificate::from_der(block->content.reveal()));
      return std::optional<Certificate>(std::move(certificate));
    }
  }
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool has_key_of(const X509* certificate, const char* algorithm) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  const bool is_one = key != nullptr && EVP_PKEY_is_a(key, algorithm) == 1;
  forget_openssl_errors();
  return is_one;
}

std::vector<std::string> extension_oids(const X509* certificate) {
  std::vector<std::string> oids;
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    std::array<char, 128> text{};
    const ASN1_OBJECT* oid = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
    const int size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), oid, 1);
    if (size > 0 && static_cast<std::size_t>(size) < text.size()) {
      oids.emplace_back(text.data());
    }
  }
  return oids;
}

}  // namespace

Certificate::Certificate(std::shared_ptr<x509_st> handle)
    : handle_(std::move(handle)), fingerprint_(sha256(encode_der<i2d_X509>(handle_.get()))) {
  // Fills the cache of parsed extensions now: copies are shared between threads.
  X509_check_purpose(handle_.get(), -1, 0);
  forget_openssl_errors();
}

Certificate Certificate::adopt(x509_st* owned) {
  return Certificate(std::shared_ptr<x509_st>(owned, X509_free));
}

Result<Certificate> Certificate::from_der(ByteView der) {
  if (der.size() > largest_der) {
    return Error{ErrorCode::malformed, "parse certificate: larger than 64 KiB"};
  }
  const unsigned char* end = der.data();
  CertificateHandle parsed = parse_certificate(&end, der.size());
  if (parsed == nullptr) {
    return openssl_error(ErrorCode::malformed, "parse certificate");
  }
  if (end != der.data() + der.size()) {
    return Error{ErrorCode::malformed, "parse certificate: trailing bytes"};
  }
  // A key of an unknown kind leaves an entry and is no failure.
  forget_openssl_errors();
  if (!std::ranges::equal(encode_der<i2d_X509>(parsed.get()), der)) {
    return Error{ErrorCode::malformed, "parse certificate: not in DER"};
  }
  return adopt(parsed.release());
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  PemReader reader(as_bytes(pem));
  TRY_ASSIGN(std::optional<Certificate> certificate, next_certificate(reader));
  if (!certificate) {
    return Error{ErrorCode::malformed, "read PEM: no certificate in it"};
  }
  return *std::move(certificate);
}

Result<std::vector<Certificate>> Certificate::all_from_pem(std::string_view pem) {
  PemReader reader(as_bytes(pem));
  std::vector<Certificate> certificates;
  while (true) {
    TRY_ASSIGN(std::optional<Certificate> certificate, next_certificate(reader));
    if (!certificate) {
      break;
    }
    if (certificates.size() == most_certificates) {
      return Error{ErrorCode::malformed, "read PEM: more than 1000 certificates"};
    }
    certificates.push_back(*std::move(certificate));
  }
  if (certificates.empty()) {
    return Error{ErrorCode::malformed, "read PEM: no certificate in it"};
  }
  return certificates;
}

Result<Certificate> Certificate::from_file_content(ByteView content) {
  return looks_like_pem(content) ? from_pem(as_text(content)) : from_der(content);
}

Bytes Certificate::der() const {
  return encode_der<i2d_X509>(handle_.get());
}

std::string Certificate::pem() const {
  return write_pem("CERTIFICATE", der());
}

Timestamp Certificate::not_before() const {
  return timestamp_of(X509_get0_notBefore(handle_.get())).value_or(Timestamp::max());
}

Timestamp Certificate::not_after() const {
  return timestamp_of(X509_get0_notAfter(handle_.get())).value_or(Timestamp::min());
}

std::string Certificate::subject() const {
  return name_text(X509_get_subject_name(handle_.get()));
}

std::string Certificate::issuer() const {
  return name_text(X509_get_issuer_name(handle_.get()));
}

Bytes Certificate::subject_der() const {
  return encode_der<i2d_X509_NAME>(X509_get_subject_name(handle_.get()));
}

std::optional<std::string> Certificate::common_name() const {
  return name_attribute(X509_get_subject_name(handle_.get()), NID_commonName);
}

std::optional<std::string> Certificate::user_id() const {
  return name_attribute(X509_get_subject_name(handle_.get()), NID_userId);
}

std::string Certificate::serial_hex() const {
  const BioHandle out(BIO_new(BIO_s_mem()));
  i2a_ASN1_INTEGER(out.get(), X509_get0_serialNumber(handle_.get()));
  return to_text(bio_content(out.get()));
}

std::vector<std::string> Certificate::dns_names() const {
  const GeneralNamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(handle_.get(), NID_subject_alt_name, nullptr, nullptr)));
  forget_openssl_errors();
  std::vector<std::string> found;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind);
    if (kind != GEN_DNS) {
      continue;
    }
    const auto* text = static_cast<const ASN1_IA5STRING*>(value);
    std::string name = to_text(
        ByteView(ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))));
    if (is_printable(name)) {
      found.push_back(std::move(name));
    }
  }
  return found;
}

bool Certificate::is_for_host(const std::string& host) const {
  // The address first: no DNS name looks like one.
  const int address = X509_check_ip_asc(handle_.get(), host.c_str(), 0);
  const bool found =
      address == 1 || X509_check_host(handle_.get(), host.data(), host.size(),
                                      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
  forget_openssl_errors();
  return found;
}

bool Certificate::names_tls_servers() const {
  return (X509_get_extension_flags(handle_.get()) & EXFLAG_XKUSAGE) != 0 &&
         (X509_get_extended_key_usage(handle_.get()) & XKU_SSL_SERVER) != 0;
}

std::string Certificate::signature_digest() const {
  int digest = NID_undef;
  const bool known =
      X509_get_signature_info(handle_.get(), &digest, nullptr, nullptr, nullptr) == 1;
  forget_openssl_errors();
  if (!known || digest == NID_undef) {
    return {};
  }
  std::string name;
  for (const char c : std::string_view(OBJ_nid2sn(digest))) {
    if (c != '-') {
      name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
  }
  return name;
}

bool Certificate::has_extension(std::string_view oid) const {
  return std::ranges::any_of(extension_oids(handle_.get()),
                             [&](const std::string& each) { return each == oid; });
}

bool Certificate::has_extension_below(std::string_view oid) const {
  const std::string prefix = std::string(oid) + ".";
  return std::ranges::any_of(extension_oids(handle_.get()),
                             [&](const std::string& each) { return each.starts_with(prefix); });
}

bool Certificate::is_issued_by(const Certificate& issuer) const {
  EVP_PKEY* key = X509_get0_pubkey(issuer.native());
  const bool issued = key != nullptr &&
                      X509_NAME_cmp(X509_get_issuer_name(handle_.get()),
                                    X509_get_subject_name(issuer.native())) == 0 &&
                      X509_verify(handle_.get(), key) == 1;
  forget_openssl_errors();
  return issued;
}

bool Certificate::is_ca() const {
  // X509_check_ca also says yes to version 1 and other guesses; only CA:TRUE counts here.
  constexpr std::uint32_t wanted = EXFLAG_BCONS | EXFLAG_CA;
  return (X509_get_extension_flags(handle_.get()) & wanted) == wanted;
}

Bytes Certificate::public_key_der() const {
  return public_key_info_der(X509_get_X509_PUBKEY(handle_.get()));
}

bool Certificate::has_rsa_key() const {
  return has_key_of(handle_.get(), "RSA");
}

bool Certificate::has_ec_key() const {
  return has_key_of(handle_.get(), "EC");
}

int Certificate::public_key_bits() const {
  const EVP_PKEY* key = X509_get0_pubkey(handle_.get());
  if (key == nullptr) {
    forget_openssl_errors();
    return 0;
  }
  return EVP_PKEY_get_bits(key);
}

}  // namespace bramley
