#pragma once

#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "server/credentials/credential_source.h"
#include "server/http/listener.h"
#include "server/store/store.h"

namespace bramley {

// /healthz: the process lives. /readyz: it can do its work. For whoever asks, so it says which part
// fails and never how.
class HealthHandler : public HttpHandler {
 public:
  enum class Scep { off, on };
  HealthHandler(const Store& store, const CredentialSource& credentials, Scep scep,
                const Clock& clock, Log& log)
      : store_(store), credentials_(credentials), scep_(scep), clock_(clock), log_(log) {}

  std::uint64_t body_limit(const HttpRequest& head) override;
  HttpResponse handle(const HttpRequest& request) override;

 private:
  // What keeps it from its work; empty when it is ready.
  [[nodiscard]] std::vector<std::string> reasons() const;

  const Store& store_;
  const CredentialSource& credentials_;
  const Scep scep_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace bramley
