#include "core/net/curl_library.h"

#include <curl/curl.h>

namespace bramley {

bool curl_library_is_ready() {
  // A local static: made once, however many threads come first. Never undone, for other users of
  // libcurl in the process may outlive us.
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

}  // namespace bramley
