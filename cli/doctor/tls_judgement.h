#pragma once

#include <string>
#include <vector>

#include "cli/doctor/examination.h"

namespace bramley {

// A server's certificates as it shows them, its own first.
struct ShownChain {
  std::string check;    // "tls_files", "served_tls"
  std::string subject;  // where they were found
  std::vector<Certificate> certificates;
  std::string host;                // by what name devices ask for it; empty: unknown
  std::vector<Certificate> roots;  // that devices are known to trust; empty: theirs are unknown
};

// What Apple's transport security asks of it (support.apple.com/103769 and 103214): the host's name
// in subjectAltName, SHA-2, RSA of 2048 bits or an elliptic curve, the extended key usage for TLS
// servers, no more than 825 days, and the whole chain. One diagnosis a fault, and one of the dates.
// Precondition: there is a certificate.
void judge_tls_chain(Examination& patient, const ShownChain& chain);

// The host of a URL, without port and brackets.
std::string host_of_url(const std::string& url);

}  // namespace bramley
