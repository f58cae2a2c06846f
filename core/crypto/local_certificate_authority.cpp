#include "core/crypto/local_certificate_authority.h"

#include <algorithm>

#include "core/crypto/certificate_builder.h"
#include "core/crypto/distinguished_name.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

namespace {

bool is_host_name(std::string_view text) {
  constexpr std::size_t longest = 253;  // RFC 1035 §2.3.4
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// An IP address when it reads as one, else a DNS name.
Result<GeneralNameHandle> general_name(const std::string& host) {
  GeneralNameHandle name(GENERAL_NAME_new());
  if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str())) {
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address);
    return name;
  }
  forget_openssl_errors();
  if (!is_host_name(host)) {
    return Error{ErrorCode::malformed, "make certificate: not a host name or IP address"};
  }
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  ASN1_STRING_set(text, host.data(), static_cast<int>(host.size()));
  GENERAL_NAME_set0_value(name.get(), GEN_DNS, text);
  return name;
}

Result<Bytes> general_names_der(const std::vector<std::string>& hosts) {
  const GeneralNamesHandle names(GENERAL_NAMES_new());
  for (const std::string& host : hosts) {
    TRY_ASSIGN(GeneralNameHandle name, general_name(host));
    GENERAL_NAME* const given = name.release();
    if (sk_GENERAL_NAME_push(names.get(), given) <= 0) {
      name.reset(given);
      return openssl_error(ErrorCode::internal, "make certificate");
    }
  }
  return encode_der<i2d_GENERAL_NAMES>(names.get());
}

// What every certificate of ours that signs itself has in front.
Status begin_self_signed(CertificateBuilder& builder, const X509_NAME* name, const PrivateKey& key,
                         Timestamp not_before, Timestamp not_after, Random& random) {
  TRY(builder.set_names(name, name));
  TRY(builder.set_serial(random_serial(random)));
  TRY(builder.set_validity(not_before, not_after));
  return builder.set_public_key(key.native());
}

Status describe_tls_server(CertificateBuilder& builder, const PrivateKey& key) {
  if (key.is_rsa()) {
    TRY(builder.add_key_usage({KeyUsage::digital_signature, KeyUsage::key_encipherment}));
  } else {
    TRY(builder.add_key_usage({KeyUsage::digital_signature}));
  }
  return builder.add_extended_key_usage(NID_server_auth);
}

}  // namespace

Fingerprint authority_name_and_key(const Certificate& authority) {
  Bytes lasting = authority.subject_der();
  const Bytes key = authority.public_key_der();
  lasting.insert(lasting.end(), key.begin(), key.end());
  return sha256(lasting);
}

Result<LocalCertificateAuthority> LocalCertificateAuthority::load(Certificate certificate,
                                                                  PrivateKey key) {
  if (!certificate.is_ca()) {
    return Error{ErrorCode::malformed, "load CA: the certificate is not a CA's"};
  }
  // Without the extension all bits are set. Nobody would trust what it signs.
  if ((X509_get_key_usage(certificate.native()) & KU_KEY_CERT_SIGN) == 0) {
    return Error{ErrorCode::malformed, "load CA: its key usage forbids it to sign certificates"};
  }
  if (!key.matches(certificate)) {
    return Error{ErrorCode::conflict, "load CA: the key does not belong to the certificate"};
  }
  if (!key.is_rsa() && EVP_PKEY_is_a(key.native(), "EC") != 1) {
    return Error{ErrorCode::unsupported, "load CA: the key is neither RSA nor EC"};
  }
  return LocalCertificateAuthority(std::move(certificate), std::move(key));
}

Result<Certificate> LocalCertificateAuthority::issue(const CertificateRequest& request,
                                                     const IssueTerms& terms) {
  CertificateBuilder builder;
  TRY(builder.set_names(X509_REQ_get_subject_name(request.native()),
                        X509_get_subject_name(certificate_.native())));
  TRY(builder.set_serial(terms.serial));
  TRY(builder.set_validity(terms.not_before, terms.not_after));
  TRY(builder.set_public_key(X509_REQ_get_X509_PUBKEY(request.native())));
  TRY(builder.add_end_entity_constraints());
  TRY(builder.add_key_usage({KeyUsage::digital_signature, KeyUsage::key_encipherment}));
  TRY(builder.add_extended_key_usage(NID_client_auth));
  TRY(builder.add_subject_key_identifier());
  TRY(builder.add_authority_key_identifier(certificate_.native()));
  if (terms.subject_alternative_names) {
    TRY(builder.add_subject_alternative_names(*terms.subject_alternative_names));
  }
  TRY_ASSIGN(Certificate issued, builder.sign(key_.native()));
  if (issued.subject_der() != request.subject_der()) {
    return Error{ErrorCode::malformed, "issue certificate: the requested subject is not in DER"};
  }
  return issued;
}

Bytes random_serial(Random& random) {
  constexpr std::size_t size = 16;
  Bytes serial = random_bytes(random, size);
  serial.insert(serial.begin(), 0);
  return serial;
}

Result<NewAuthority> make_certificate_authority(const AuthorityTerms& terms, Random& random) {
  std::vector<NameAttribute> subject;
  if (!terms.organization.empty()) {
    subject.push_back({"O", terms.organization});
  }
  subject.push_back({"CN", terms.common_name});
  TRY_ASSIGN(const NameHandle name, make_name(subject));
  TRY_ASSIGN(PrivateKey key, PrivateKey::generate_rsa(terms.key_bits));
  CertificateBuilder builder;
  TRY(begin_self_signed(builder, name.get(), key, terms.not_before, terms.not_after, random));
  TRY(builder.add_certificate_authority_constraints(0));
  TRY(builder.add_key_usage({KeyUsage::digital_signature, KeyUsage::key_encipherment,
                             KeyUsage::key_cert_sign, KeyUsage::crl_sign}));
  TRY(builder.add_subject_key_identifier());
  TRY(builder.add_authority_key_identifier(nullptr));
  TRY_ASSIGN(Certificate certificate, builder.sign(key.native()));
  return NewAuthority{std::move(certificate), std::move(key)};
}

Result<Certificate> make_self_signed(const PrivateKey& key, const SelfSignedTerms& terms,
                                     Random& random) {
  TRY_ASSIGN(const NameHandle name, make_name(terms.subject));
  CertificateBuilder builder;
  TRY(begin_self_signed(builder, name.get(), key, terms.not_before, terms.not_after, random));
  TRY(builder.add_end_entity_constraints());
  switch (terms.purpose) {
    case SelfSignedTerms::Purpose::tls_server:
      TRY(describe_tls_server(builder, key));
      break;
    case SelfSignedTerms::Purpose::scep_requester:
      TRY(builder.add_key_usage({KeyUsage::digital_signature, KeyUsage::key_encipherment}));
      break;
  }
  TRY(builder.add_subject_key_identifier());
  if (!terms.host_names.empty()) {
    TRY_ASSIGN(const Bytes names, general_names_der(terms.host_names));
    TRY(builder.add_subject_alternative_names(names));
  }
  return builder.sign(key.native());
}

}  // namespace bramley
