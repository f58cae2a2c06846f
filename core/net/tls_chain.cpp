#include "core/net/tls_chain.h"

#include "core/net/curl_error.h"
#include "core/net/curl_transfer.h"

namespace bramley {
namespace {

constexpr std::string_view scheme = "https://";
constexpr std::string_view certificate_label = "Cert:";

std::vector<std::string> chain_of(CURL* handle) {
  curl_certinfo* found = nullptr;
  std::vector<std::string> chain;
  if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &found) != CURLE_OK || found == nullptr) {
    return chain;
  }
  for (int i = 0; i < found->num_of_certs; ++i) {
    for (const curl_slist* line = found->certinfo[i]; line != nullptr; line = line->next) {
      const std::string_view text(line->data);
      if (text.starts_with(certificate_label)) {
        chain.emplace_back(text.substr(certificate_label.size()));
      }
    }
  }
  return chain;
}

}  // namespace

Result<std::vector<std::string>> fetch_tls_chain(const std::string& url,
                                                 std::chrono::milliseconds timeout) {
  if (!url.starts_with(scheme)) {
    return Error{ErrorCode::malformed, "look at the TLS certificate: not an https URL"};
  }
  const std::string host = url.substr(scheme.size(), url.find('/', scheme.size()) - scheme.size());
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return Error{ErrorCode::internal, "start libcurl: out of memory"};
  }
  const CurlHandle handle(curl_easy_init());
  std::array<char, CURL_ERROR_SIZE> text{};
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(handle.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_CERTINFO, 1L);
  // A chain that nobody trusts is what is to be looked at, and no secret goes over this connection.
  curl_easy_setopt(handle.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, text.data());
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) {
    CurlFailure failure{.code = code, .host = host, .text = text.data()};
    curl_easy_getinfo(handle.get(), CURLINFO_OS_ERRNO, &failure.os_errno);
    failure.timeout = timeout;
    return curl_error(failure);
  }
  std::vector<std::string> chain = chain_of(handle.get());
  if (chain.empty()) {
    return Error{ErrorCode::unavailable, "look at the TLS certificate of " + host + ": none shown"};
  }
  return chain;
}

}  // namespace bramley
