#include "core/crypto/cms_parsing.h"

#include <openssl/objects.h>

#include "core/crypto/openssl_error.h"

namespace bramley {

Result<CmsHandle> parse_cms(ByteView der, int type, CmsHandle empty) {
  if (der.empty() || der.size() > cms_size_limit) {
    return Error{ErrorCode::malformed, "parse CMS message: empty or too large"};
  }
  const unsigned char* end = der.data();
  const auto size = static_cast<long>(der.size());
  // When parsing fails OpenSSL frees the object it was given: nobody else may own it meanwhile.
  CMS_ContentInfo* target = empty.release();
  CmsHandle message(target == nullptr ? d2i_CMS_ContentInfo(nullptr, &end, size)
                                      : d2i_CMS_ContentInfo(&target, &end, size));
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

}  // namespace bramley
