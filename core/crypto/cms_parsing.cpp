#include "core/crypto/cms_parsing.h"

#include <openssl/asn1t.h>
#include <openssl/objects.h>

#include "core/crypto/openssl_error.h"
#include "core/crypto/quick_parsing.h"

namespace bramley {
namespace {

Status check_size(ByteView der) {
  if (der.empty() || der.size() > cms_size_limit) {
    return Error{ErrorCode::malformed, "parse CMS message: empty or too large"};
  }
  return {};
}

// `end`: how far parsing came.
Result<CmsHandle> check_parsed(CmsHandle message, ByteView der, const unsigned char* end,
                               int type) {
  if (!message) {
    return openssl_error(ErrorCode::malformed, "parse CMS message");
  }
  if (end != der.data() + der.size()) {
    return Error{ErrorCode::malformed, "parse CMS message: trailing bytes"};
  }
  if (OBJ_obj2nid(CMS_get0_type(message.get())) != type) {
    return Error{ErrorCode::malformed, "parse CMS message: of another kind"};
  }
  return message;
}

}  // namespace

Result<CmsHandle> parse_cms(ByteView der, int type, CmsHandle empty) {
  TRY(check_size(der));
  const unsigned char* end = der.data();
  const auto size = static_cast<long>(der.size());
  // When parsing fails OpenSSL frees the object it was given: nobody else may own it meanwhile.
  CMS_ContentInfo* target = empty.release();
  CmsHandle message(target == nullptr ? d2i_CMS_ContentInfo(nullptr, &end, size)
                                      : d2i_CMS_ContentInfo(&target, &end, size));
  return check_parsed(std::move(message), der, end, type);
}

Result<CmsHandle> parse_signed_data(ByteView der) {
  TRY(check_size(der));
  const unsigned char* end = der.data();
  CmsHandle message(static_cast<CMS_ContentInfo*>(
      parse_without_keys(&end, der.size(), ASN1_ITEM_rptr(CMS_ContentInfo))));
  return check_parsed(std::move(message), der, end, NID_pkcs7_signed);
}

BioHandle detached_content(ByteView content) {
  BioHandle filter(BIO_new(BIO_f_null()));
  BIO_push(filter.get(), read_only_bio(content).release());
  return filter;
}

}  // namespace bramley
