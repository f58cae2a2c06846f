#pragma once

#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"

namespace bramley {

// A TLS server that was not trusted, in the words of whoever must mend it: adds to `error` which
// certificate it showed (`chain`: PEM, its own first), for which names and until when, and what to
// do about it. Without a certificate that can be read, the error stays as it is.
Error explain_tls_failure(Error error, const std::string& url,
                          const std::vector<std::string>& chain, Timestamp now);

}  // namespace bramley
