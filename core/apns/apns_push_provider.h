#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/apns/push_provider.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/crypto/certificate.h"
#include "core/crypto/private_key.h"
#include "core/net/curl_http_client.h"

namespace bramley {

struct ApnsOptions {
  std::string url = "https://api.push.apple.com";
  // Trusted instead of the system's store, for a double of Apple's: PEM.
  std::optional<std::string> ca_pem = {};
  // As HttpClientOptions::proxy.
  std::optional<std::string> proxy = {};
  // How long Apple keeps a notification for a device that is off. 0 would lose it.
  std::chrono::seconds keep = std::chrono::days(7);
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds answer_timeout{20};
};

// Apple's push service over HTTP/2 ("Sending notification requests to APNs"), one connection a
// topic. The certificate is asked for at each call, so that a new one is used from then on, over a
// new connection, while what is under way ends on the old one. What was lost with a connection is
// sent once more at once.
class ApnsPushProvider : public PushProvider {
 public:
  struct Identity {
    Certificate certificate;
    PrivateKey key;
  };
  struct Seams {
    // The pair in force for a topic; an Error says why there is none.
    std::function<Result<Identity>(const std::string& topic)> identity_of;
    std::function<std::unique_ptr<HttpBatchClient>(HttpClientOptions)> make_client;
  };
  ApnsPushProvider(ApnsOptions options, Seams seams, const Clock& clock, Log& log);
  ~ApnsPushProvider() override;
  void start(std::vector<PushTarget> targets, OnAnswer on_answer) override;

 private:
  // A connection with all that its answers need; they may come after it was replaced.
  struct Line;
  // The targets of one topic, by their indices.
  using Group = std::vector<std::size_t>;
  // What `start` was given for one topic, until its last answer.
  struct Call;
  // A push is the same however often it is sent: one that was lost on the way goes out again.
  enum class Attempt { first, second };

  void start_group(const std::string& topic, const std::vector<PushTarget>& targets, Group group,
                   const std::shared_ptr<const OnAnswer>& on_answer);
  void send(const std::shared_ptr<Call>& call, Group places, Attempt attempt);
  void take(const std::shared_ptr<Call>& call, std::size_t place, Attempt attempt,
            const BatchAnswer& answer);
  Result<std::shared_ptr<Line>> line_of(const std::string& topic);
  Result<std::shared_ptr<Line>> open_line(const std::string& topic, const Identity& identity);
  void drop_retired();
  HttpRequest request_for(const PushTarget& target) const;
  void note(Line& line, Timestamp sent_at, const PushAnswer& answer);

  const ApnsOptions options_;
  const Seams seams_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Line>> lines_;
  std::vector<std::shared_ptr<Line>> retired_;
};

}  // namespace bramley
