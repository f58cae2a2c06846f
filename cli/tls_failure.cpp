#include "cli/tls_failure.h"

#include "core/crypto/certificate_names.h"

namespace bramley {
namespace {

// Without the brackets of an IPv6 address.
std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  std::string_view rest = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  rest = rest.substr(0, rest.find('/'));
  if (rest.starts_with('[')) {
    return std::string(rest.substr(1, rest.find(']') - 1));
  }
  return std::string(rest.substr(0, rest.find(':')));
}

std::string names_of(const Certificate& certificate) {
  constexpr std::size_t shown = 8;
  std::vector<std::string> names = certificate.dns_names();
  for (std::string& address : ip_addresses_of(certificate)) {
    names.push_back(std::move(address));
  }
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < shown; ++i) {
    text.append(text.empty() ? "" : ", ").append(names[i]);
  }
  return names.size() > shown ? text + " and others" : text;
}

std::string described(const Certificate& certificate) {
  const std::string names = names_of(certificate);
  const bool own = certificate.subject() == certificate.issuer();
  return "it showed the certificate of " + certificate.subject() + ", issued by " +
         (own ? "itself" : certificate.issuer()) +
         (names.empty() ? ", for no host at all" : ", for " + names) + ", good from " +
         format_rfc3339(certificate.not_before()) + " until " +
         format_rfc3339(certificate.not_after()) + ", SHA-256 " + certificate.fingerprint().hex();
}

std::string hint_for(const Certificate& certificate, const std::string& host, Timestamp now) {
  if (certificate.not_after() < now) {
    return "it has expired at " + format_rfc3339(certificate.not_after()) +
           ": renew the server's certificate, or set this machine's clock right (" +
           format_rfc3339(now) + ")";
  }
  if (now < certificate.not_before()) {
    return "it is good from " + format_rfc3339(certificate.not_before()) +
           " on only: set this machine's clock right (" + format_rfc3339(now) + ")";
  }
  std::string trust =
      "if that is the SHA-256 of your server's certificate, trust it or the CA that issued it: "
      "--ca-file FILE (PEM), or for good 'bramley context set NAME --ca-file FILE'";
  if (certificate.is_for_host(host)) {
    return trust;
  }
  const std::string names = names_of(certificate);
  return "it is not for " + host + ": " +
         (names.empty() ? "the server needs one with that name in subjectAltName"
                        : "name the server as the certificate does (" + names +
                              "), or give it one for " + host);
}

}  // namespace

Error explain_tls_failure(Error error, const std::string& url,
                          const std::vector<std::string>& chain, Timestamp now) {
  if (chain.empty()) {
    return error;
  }
  const auto certificate = Certificate::from_pem(chain.front());
  if (!certificate) {
    return error;
  }
  error.message += "; " + described(*certificate);
  error.hint = hint_for(*certificate, host_of(url), now);
  return error;
}

}  // namespace bramley
