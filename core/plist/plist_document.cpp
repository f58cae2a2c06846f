#include "core/plist/plist_document.h"

#include "core/plist/binary_reader.h"
#include "core/plist/xml_reader.h"

namespace bramley {

Result<PlistValue> parse_plist(ByteView document) {
  auto value =
      is_binary_plist(document) ? read_binary_plist(document) : read_xml_plist(as_text(document));
  if (!value) {
    return std::move(value).error().while_doing("parse plist");
  }
  return value;
}

Result<PlistDictionary> parse_plist_dictionary(ByteView document) {
  TRY_ASSIGN(auto value, parse_plist(document));
  if (value.dictionary() == nullptr) {
    return Error{ErrorCode::malformed, "parse plist: the root is no dictionary"};
  }
  return std::move(value).take_dictionary();
}

}  // namespace bramley
