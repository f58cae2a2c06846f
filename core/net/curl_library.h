#pragma once

namespace bramley {

// Starts libcurl, once for the process. False: out of memory. Private to core/net.
bool curl_library_is_ready();

}  // namespace bramley
