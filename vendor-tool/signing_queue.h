#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"

namespace bramley {

enum class SigningState {
  waiting,   // for a person
  approved,  // waits for the service to sign it
  denied,
  signed_request,  // in the outbox
  failed,          // approved, but could not be signed
};
std::string_view signing_state_name(SigningState state);

// One request of a customer.
struct SigningCase {
  std::string id;
  Timestamp received_at;
  std::string customer;
  std::string email;
  std::string csr;      // PEM
  std::string encrypt;  // PEM
  SigningState state = SigningState::waiting;
  std::string decided_by;
  std::optional<Timestamp> decided_at;
  std::string reason;
  std::string file;      // in the outbox
  std::string delivery;  // how --on-signed went: "", "done", or why not
};

// A folder: open/ and settled/ with one JSON file for each request, outbox/ with what was signed,
// and audit.ndjson with a line for each decision. Changes are atomic and under a lock, so that the
// service and `bramley vendor requests` can work at once. Safe to use from several threads.
class SigningQueue {
 public:
  static constexpr std::size_t most_open = 1000;

  // Makes the folder (0700) when it is missing.
  static Result<SigningQueue> open(std::filesystem::path directory);
  // unavailable: there is no such queue.
  static Result<SigningQueue> open_existing(std::filesystem::path directory);

  enum class Added { now, before };
  // Gives it its id and writes it down. `before`: the same request is open already, and nothing was
  // done. unavailable: most_open requests are open.
  Result<Added> add(SigningCase wanted, std::string_view remote);

  enum class Which { open, all };
  struct Listing {
    std::vector<SigningCase> cases;  // oldest first
    std::vector<Error> broken;       // files that cannot be read, by name
  };
  [[nodiscard]] Result<Listing> list(Which which) const;
  // not_found: no such id.
  [[nodiscard]] Result<SigningCase> find(std::string_view id) const;

  struct Decision {
    SigningState state;  // approved or denied
    std::string by;
    std::string reason;
  };
  // conflict: it was decided before.
  Status decide(std::string_view id, const Decision& decision, Timestamp now);
  // The service's own steps: how signing went, and the delivery. A case that has come to its end is
  // moved to settled/.
  enum class Course { open, settled };
  Status record(const SigningCase& changed, Course course, std::string_view event, Timestamp now);
  // A line for a request that was not even taken.
  Status record_refusal(const SigningCase& refused, std::string_view remote);

  // Writes into the outbox under a name like mdmcert.download's; the path.
  Result<std::filesystem::path> put_into_outbox(std::string_view content, Timestamp now);

  // When something in open/ last changed: whoever sees the same value twice need not look.
  [[nodiscard]] std::filesystem::file_time_type changed_at() const;
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  explicit SigningQueue(std::filesystem::path directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::filesystem::path open_folder() const { return directory_ / "open"; }
  [[nodiscard]] std::filesystem::path settled_folder() const { return directory_ / "settled"; }
  Status audit(const SigningCase& subject, std::string_view event, Timestamp now,
               std::string_view remote);
  Status move_to_settled(const SigningCase& changed);

  std::filesystem::path directory_;
};

}  // namespace bramley
