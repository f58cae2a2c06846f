#pragma once

#include <optional>

#include "cli/desired_state/desired_kind.h"

namespace bramley {

// kind: Webhook, with name, url, format, redact, idle and hmac_key (a reference). Those that are a
// flag of the server are left alone.
class WebhookKind : public DesiredKind {
 public:
  [[nodiscard]] std::string_view name() const override { return "Webhook"; }
  Status read(DesiredFields& fields, const DesiredReading& reading) override;
  Result<std::vector<PlannedStep>> compare(ApiClient& api) override;
  Result<std::vector<Json>> write(ApiClient& api) override;

 private:
  struct Webhook {
    std::string name = {};
    std::string url = {};
    std::string format = {};
    bool redact = false;
    bool idle = true;
    std::optional<SecretBytes> hmac_key = {};
  };
  [[nodiscard]] PlannedStep step_for(const Webhook& wanted, const Json* present) const;
  static Json body_of(const Webhook& wanted);

  std::vector<std::shared_ptr<const Webhook>> wanted_;
};

}  // namespace bramley
