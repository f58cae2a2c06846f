#include "core/crypto/certificate_names.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <array>

#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_handles.h"

namespace bramley {

std::vector<std::string> ip_addresses_of(const Certificate& certificate) {
  const CHandle<GENERAL_NAMES, GENERAL_NAMES_free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.native(), NID_subject_alt_name, nullptr, nullptr)));
  forget_openssl_errors();
  std::vector<std::string> found;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind);
    if (kind != GEN_IPADD) {
      continue;
    }
    const auto* bytes = static_cast<const ASN1_OCTET_STRING*>(value);
    const int length = ASN1_STRING_length(bytes);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if ((length == 4 || length == 16) &&
        ::inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text.data(),
                    text.size()) != nullptr) {
      found.emplace_back(text.data());
    }
  }
  return found;
}

}  // namespace bramley
