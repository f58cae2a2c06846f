#pragma once

#include <string>

#include "cli/command_tree.h"
#include "core/crypto/certificate_request.h"

namespace bramley {

// Verbs of `csr` with files of their own.
void add_csr_push(CommandNode& csr);
void add_csr_vendor(CommandNode& csr);

// Who a request is for, as flags say it; an empty part is left out.
struct RequestSubject {
  std::string organization;
  std::string email;
  std::string country;  // either case
  std::string common_name;
};
// malformed: an e-mail address or a country that is none. What X.520 does not allow is found when
// the request is made.
Result<RequestTerms> request_terms(const RequestSubject& subject);

}  // namespace bramley
