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

Result<CmsHandle> parse_signed_data(ByteView der) {
  TRY(check_size(der));
  const unsigned char* end = der.data();
  CmsHandle message(
      parse_without_keys<CMS_ContentInfo>(&end, der.size(), ASN1_ITEM_rptr(CMS_ContentInfo)));
  return check_parsed(std::move(message), der, end, NID_pkcs7_signed);
}

Result<CmsHandle> parse_enveloped_data(ByteView der, OSSL_LIB_CTX* context) {
  TRY(check_size(der));
  const unsigned char* end = der.data();
  // When parsing fails OpenSSL frees the object it was given: nobody may own it meanwhile.
  CMS_ContentInfo* target = CMS_ContentInfo_new_ex(context, nullptr);
  CmsHandle message(d2i_CMS_ContentInfo(&target, &end, static_cast<long>(der.size())));
  return check_parsed(std::move(message), der, end, NID_pkcs7_enveloped);
}

}  // namespace bramley
