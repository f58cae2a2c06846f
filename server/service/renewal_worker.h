#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "server/credentials/credential_source.h"
#include "server/service/push_service.h"
#include "server/service/renewal_hints.h"
#include "server/store/store.h"

namespace bramley {

struct RenewalTerms {
  // How long before the end of an identity its renewal begins; 0: never by itself.
  std::chrono::seconds before{std::chrono::hours(24 * 30)};
  // Of the certificates that are issued.
  std::chrono::seconds validity{std::chrono::hours(24 * 365)};
};

// Identities that end before this are renewed now. Never so early that the certificate that
// follows would be renewed at once: short validities count, and the end of the CA.
Timestamp renewal_horizon(const RenewalTerms& terms, Timestamp authority_end, Timestamp now);

// An open renewal is late when its identity ends before this: three quarters of the time for it are
// over.
Timestamp renewal_late_before(const RenewalTerms& terms, Timestamp now);

// How long after the n-th failure an attempt follows: ten minutes to a day.
std::chrono::seconds renewal_retry_delay(std::int64_t attempts);

// What becomes of renewals, in the background: finds identities near their end, queues the
// profiles, takes up what devices answered, tries again, and revokes what was replaced. Several
// servers may do so over one database.
class RenewalWorker {
 public:
  struct Ports {
    Store& store;
    const CredentialSource& credentials;
    PushService& pushes;
    RenewalHints& hints;
    const Clock& clock;
    Random& random;
    Log& log;
    Metrics& metrics;
  };
  RenewalWorker(RenewalTerms terms, const Ports& ports);

  // One step, of bounded work. Meant for every second.
  void step();

 private:
  void note_uses();
  void take_up_answers();
  void take_up_faults();
  void look_at_due();
  void begin_expiring();
  void count();

  // What follows for one whose time has come, or whose answer has.
  Status advance(const Renewal& renewal);
  Status send(const Renewal& renewal);
  Status enqueue(const Renewal& renewal, const std::string& uuid);
  Status look_at_sent(const Renewal& renewal);
  Status wait_on(const Renewal& renewal);
  Status look_at_unused(const Renewal& renewal);
  Status fail(const Renewal& renewal, const std::string& text);
  Status retire(const Renewal& renewal);
  void log_trouble(const Status& status, const std::string& device_id);
  MetricCounter& counter(const std::string& event);

  const RenewalTerms terms_;
  const Ports ports_;
  MetricCounter& begun_;
  MetricCounter& sent_;
  MetricCounter& failed_;
  MetricCounter& acknowledged_;
  MetricCounter& retired_;
  std::vector<std::pair<RenewalState, MetricGauge&>> in_state_;
  MetricGauge& late_;
  std::optional<Timestamp> counted_at_;
};

}  // namespace bramley
