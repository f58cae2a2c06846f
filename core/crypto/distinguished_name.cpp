#include "core/crypto/distinguished_name.h"

#include "core/crypto/openssl_error.h"

namespace bramley {

std::string name_text(const X509_NAME* name) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  if (X509_NAME_entry_count(name) <= 0 || out == nullptr ||
      X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    forget_openssl_errors();
    return {};
  }
  return to_text(bio_content(out.get()));
}

std::optional<std::string> name_attribute(const X509_NAME* name, int nid) {
  int last = -1;
  for (int at = X509_NAME_get_index_by_NID(name, nid, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(name, nid, at)) {
    last = at;
  }
  if (last < 0) {
    return std::nullopt;
  }
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value);
  const MemoryHandle owner(text);
  if (size < 0) {
    forget_openssl_errors();
    return std::nullopt;
  }
  return to_text(ByteView(text, static_cast<std::size_t>(size)));
}

Result<NameHandle> make_name(const std::vector<NameAttribute>& attributes) {
  NameHandle name(X509_NAME_new());
  for (const NameAttribute& attribute : attributes) {
    const ByteView value = as_bytes(attribute.value);
    if (X509_NAME_add_entry_by_txt(name.get(), attribute.type.c_str(), MBSTRING_UTF8, value.data(),
                                   static_cast<int>(value.size()), -1, 0) != 1) {
      return openssl_error(ErrorCode::malformed, "write " + attribute.type + " into a name");
    }
  }
  return name;
}

Result<NameHandle> parse_name(ByteView der) {
  const unsigned char* end = der.data();
  NameHandle name(d2i_X509_NAME(nullptr, &end, static_cast<long>(der.size())));
  if (name == nullptr || end != der.data() + der.size()) {
    return openssl_error(ErrorCode::malformed, "read a distinguished name");
  }
  return name;
}

}  // namespace bramley
