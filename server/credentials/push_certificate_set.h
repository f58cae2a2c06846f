#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/credentials/credential_source.h"

namespace bramley {

// What an update did, for the log.
struct PushCertificateChange {
  std::string location;
  // What is in force there now, and was not before.
  std::string topic = {};
  Timestamp not_after{};
  // Or why what is there now was refused.
  std::optional<Error> refused = std::nullopt;
};

// The push certificates in force, each with the place that it came from. Not safe to share between
// threads: its owner locks.
class PushCertificateSet {
 public:
  // Takes all, or none: the Error of the first place that has one; conflict when two files have one
  // topic.
  Status load(std::vector<PushCertificatePlace> places);

  // Takes what is good and keeps what was in force where it is not: an unreadable pair, one without
  // its key or expired where the old one could still push, one of another topic, a file that is
  // gone. Returns what changed since the last update.
  std::vector<PushCertificateChange> update(std::vector<PushCertificatePlace> places,
                                            Timestamp now);

  [[nodiscard]] std::vector<PushCertificate> in_force() const;
  [[nodiscard]] std::vector<PushCertificateState> states(Timestamp now) const;
  [[nodiscard]] std::optional<PrivateKey> key(std::string_view topic) const;

 private:
  struct Held {
    PushIdentity identity;
    CredentialOrigin origin;
    std::string location;
    std::string apple_account;
    std::optional<Error> refused;  // what stands in its place now
  };
  struct Broken {
    CredentialOrigin origin;
    std::string location;
    Error refused;
  };
  struct Update;
  [[nodiscard]] const Held* find(std::string_view topic) const;
  [[nodiscard]] std::vector<PushCertificateChange> changes_from(
      const PushCertificateSet& old) const;
  void sort();

  std::vector<Held> held_;      // by topic
  std::vector<Broken> broken_;  // places that hold nothing to use
};

}  // namespace bramley
