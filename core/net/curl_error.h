#pragma once

// Private to core/net.

#include <curl/curl.h>

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace bramley {

// What is known of a transfer that failed.
struct CurlFailure {
  CURLcode code = CURLE_OK;
  std::string host;            // host:port, without credentials
  std::string_view text = {};  // libcurl's error buffer, may be empty
  bool connected = false;
  bool tls = true;              // https, not http
  bool own_certificate = true;  // we showed one
  bool own_roots = false;       // the trusted CAs were given, not the machine's
  long verify_result = 0;       // X509_V_ERR_…, 0 when the chain was accepted or never judged
  long os_errno = 0;
  std::chrono::milliseconds timeout{0};  // the one that was in force
};

// The failure in the terms of HttpClient, with a hint where there is a way out.
Error curl_error(const CurlFailure& failure);

}  // namespace bramley
