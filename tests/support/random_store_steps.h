#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "server/store/store.h"
#include "tests/support/fake_clock.h"

namespace bramley {

// What devices and people do to a store, by chance but the same for the same seed. Each step can be
// done to several stores, which must then answer alike.
class RandomStoreSteps {
 public:
  // `identities` are few, so that they are fought over.
  RandomStoreSteps(std::uint64_t seed, std::vector<Certificate> identities)
      : random_(seed), identities_(std::move(identities)) {}

  // The answer as text; "unavailable" if the store could not.
  using Step = std::function<std::string(Store&)>;
  Step next() {
    clock_.advance(std::chrono::seconds(below(3)));
    switch (below(22)) {
      case 0:
      case 1:
        return authenticate();
      case 2:
      case 3:
      case 4:
        return update_token();
      case 5:
        return below(4) == 0 ? check_out() : update_token();
      case 6:
      case 7:
      case 8:
      case 9:
        return enqueue();
      case 10:
        return below(4) == 0 ? take_back() : enqueue();
      case 11:
        return set_bootstrap_token();
      case 12:
      case 13:
        return below(2) == 0 ? issue() : add_challenge();
      case 14:
        return below(2) == 0 ? token() : set_fleet();
      case 15:
        return below(3) == 0 ? polls_without_an_answer() : poll();
      case 16:
        return below(3) == 0 ? check_out() : remove();
      case 17:
        return below(3) == 0 ? associate() : migrate();
      default:
        return report();
    }
  }
  [[nodiscard]] const std::vector<std::string>& challenges() const { return challenges_; }
  [[nodiscard]] Timestamp now() const { return clock_.now(); }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

 private:
  static std::string said(const Status& status) {
    return status ? "ok" : std::string(error_code_name(status.error().code));
  }
  static std::string said(const Result<std::int64_t>& count) {
    return count ? std::to_string(*count) : std::string(error_code_name(count.error().code));
  }
  static std::string said(const Result<std::optional<Command>>& next) {
    if (!next) {
      return std::string(error_code_name(next.error().code));
    }
    return *next ? (*next)->uuid + " " + sha256((*next)->plist).hex() : "nothing";
  }

  EnrollmentId device() { return EnrollmentId::device("D" + std::to_string(below(5))); }
  EnrollmentId channel() {
    const auto owner = device();
    return below(3) == 0 ? EnrollmentId::user(owner.value(), "U" + std::to_string(below(2)))
                         : owner;
  }
  const Certificate& identity() { return identities_[below(identities_.size())]; }
  Bytes document() {
    // Some of them span many pages.
    const auto size = below(8) == 0 ? below(120'000) : below(2'000);
    Bytes bytes(size);
    for (auto& byte : bytes) {
      byte = static_cast<std::uint8_t>(random_());
    }
    return bytes;
  }
  std::string known_uuid() { return "C" + std::to_string(below(last_uuid_ + 2)); }

  Step authenticate() {
    Authenticate message;
    message.topic = "com.apple.mgmt.test";
    message.serial_number = "S" + std::to_string(below(3));
    message.os_version = std::to_string(below(20));
    return [id = device(), message, raw = document(), certificate = identity(),
            now = now()](Store& store) {
      return said(store.enrollments().begin_enrollment(id, message, raw, {certificate}, now));
    };
  }
  Step update_token() {
    const auto unlock = below(3) == 0 ? "unlock" + std::to_string(below(1000)) : std::string();
    return [id = channel(), unlock, magic = "M" + std::to_string(below(1000)), raw = document(),
            now = now()](Store& store) {
      TokenUpdate message;
      message.topic = "com.apple.mgmt.test";
      message.push_magic = magic;
      message.token = Bytes(32, 7);
      message.user_short_name = id.is_device_channel() ? "" : "ada";
      if (!unlock.empty()) {
        message.unlock_token = SecretBytes(std::string_view(unlock));
      }
      return said(store.enrollments().update_push_token(id, message, raw, now));
    };
  }
  Step remove() {
    return [id = channel(), now = now()](Store& store) {
      return said(store.enrollments().remove(id.value(), now));
    };
  }
  Step associate() {
    return [id = channel(), certificate = identity()](Store& store) {
      return said(store.certificates().bind_first(certificate.fingerprint(), id.value()));
    };
  }
  static std::string said(const Result<EnrollmentStore::Migrated>& done) {
    if (!done) {
      return std::string(error_code_name(done.error().code));
    }
    return *done == EnrollmentStore::Migrated::taken ? "taken" : "known already";
  }
  Step migrate() {
    const auto what = below(3);
    return [what, id = channel(), serial = std::to_string(below(3)), raw = document(),
            now = now()](Store& store) {
      if (what == 0) {
        Authenticate message;
        message.topic = "com.apple.mgmt.test";
        message.serial_number = "S" + serial;
        return said(store.enrollments().migrate_device(id, message, raw, now));
      }
      if (what == 1) {
        TokenUpdate message;
        message.topic = "com.apple.mgmt.test";
        message.push_magic = "old" + serial;
        message.token = Bytes(32, 9);
        return said(store.enrollments().migrate_push_token(id, message, raw, now));
      }
      return said(store.enrollments().migrate_bootstrap_token(
          id, SecretBytes(std::string_view("old bootstrap"))));
    };
  }
  Step check_out() {
    return [id = channel(), now = now()](Store& store) {
      return said(store.enrollments().end_enrollment(id, now));
    };
  }
  Step enqueue() {
    std::vector<std::string> ids;
    for (auto count = 1 + below(4); count > 0; --count) {
      ids.push_back(channel().value());
    }
    const auto number = below(10) == 0 ? below(last_uuid_ + 1) : ++last_uuid_;
    const Command command{"C" + std::to_string(number), "Type" + std::to_string(below(3)),
                          document()};
    CommandTerms terms;
    if (below(3) == 0) {
      terms.priority = static_cast<std::int64_t>(below(5)) - 2;
    }
    if (below(3) == 0) {
      terms.expires_at = now() + std::chrono::seconds(below(120));
    }
    return [ids, command, terms, now = now()](Store& store) {
      const auto refusals = store.commands().enqueue(ids, command, now, terms);
      if (!refusals) {
        return std::string(error_code_name(refusals.error().code));
      }
      std::string text = "queued";
      for (const auto& refusal : *refusals) {
        text.append(" ").append(refusal.enrollment_id);
        text.append(" ").append(error_code_name(refusal.error.code));
      }
      return text;
    };
  }
  Step clear() {
    return [id = channel(), now = now()](Store& store) {
      return said(store.commands().clear(id.value(), now));
    };
  }
  Step take_back() {
    switch (below(4)) {
      case 0:
        return clear();
      case 1:
        return [uuid = known_uuid(), id = below(2) == 0 ? channel().value() : "",
                now = now()](Store& store) { return said(store.commands().cancel(uuid, id, now)); };
      case 2:
        return [now = now()](Store& store) {
          return std::string(store.commands().expire(now, 1'000'000) ? "ok" : "unavailable");
        };
      default:
        return forget();
    }
  }
  Step forget() {
    HistoryLimits limits;
    limits.age = std::chrono::seconds(below(400));
    if (below(2) == 0) {
      limits.results = static_cast<std::int64_t>(10 + below(40));
    }
    return [limits, limit = static_cast<std::int64_t>(1 + below(20)), now = now()](Store& store) {
      return said(store.commands().forget(limits, now, limit));
    };
  }
  Step polls_without_an_answer() {
    return [id = channel(), times = below(14), now = now()](Store& store) {
      std::string text;
      for (std::uint64_t i = 0; i < times; ++i) {
        text +=
            said(store.commands().settle_and_next({id, ReportStatus::idle, "Idle", "", {}}, now)) +
            "; ";
      }
      return text;
    };
  }
  Step poll() {
    return [id = channel(), now = now()](Store& store) {
      return said(store.commands().settle_and_next({id, ReportStatus::idle, "Idle", "", {}}, now));
    };
  }
  // Of the command that is offered, mostly; sometimes of any.
  Step report() {
    constexpr ReportStatus statuses[] = {
        ReportStatus::acknowledged, ReportStatus::acknowledged,         ReportStatus::not_now,
        ReportStatus::error,        ReportStatus::command_format_error, ReportStatus::other};
    const auto status = statuses[below(std::size(statuses))];
    const auto any = below(3) == 0 ? known_uuid() : std::string();
    return [id = channel(), status, any, raw = document(), now = now()](Store& store) {
      auto uuid = any;
      if (uuid.empty()) {
        const auto offered =
            store.commands().settle_and_next({id, ReportStatus::idle, "Idle", "", {}}, now);
        if (!offered || !*offered) {
          return said(offered);
        }
        uuid = (*offered)->uuid;
      }
      return uuid + " then " +
             said(store.commands().settle_and_next({id, status, "as sent", uuid, raw}, now));
    };
  }
  Step set_bootstrap_token() {
    const auto text = below(3) == 0 ? std::string() : "bootstrap" + std::to_string(below(1000));
    return [id = channel(), text, now = now()](Store& store) {
      std::optional<SecretBytes> secret;
      if (!text.empty()) {
        secret = SecretBytes(std::string_view(text));
      }
      return said(store.enrollments().set_bootstrap_token(id, std::move(secret), now));
    };
  }
  std::string new_challenge() {
    challenges_.push_back("challenge " + std::to_string(challenges_.size()));
    return challenges_.back();
  }
  Step add_challenge() {
    const ChallengeTerms terms{now() + std::chrono::hours(100),
                               {.udid = below(2) == 0 ? device().value() : ""}};
    return [challenge = new_challenge(), terms, now = now()](Store& store) {
      return said(store.certificates().add_challenge(sha256(as_bytes(challenge)), terms, now));
    };
  }
  Step issue() {
    IssuedCertificate issued{.certificate = identity(),
                             .transaction_id = "T" + std::to_string(below(5)),
                             .issued_at = now()};
    if (below(3) == 0) {
      issued.renewed_from = identity().fingerprint();
    }
    std::optional<Fingerprint> challenge;
    if (below(3) != 0 && !challenges_.empty()) {
      challenge = sha256(as_bytes(challenges_[below(challenges_.size())]));
    }
    return [issued, challenge, now = now()](Store& store) {
      return said(store.certificates().record_issued(issued, challenge, now));
    };
  }
  Step token() {
    const auto id = "E" + std::to_string(below(6));
    const auto secret = sha256(as_bytes(id));
    switch (below(3)) {
      case 0:
        return [id, secret, now = now()](Store& store) {
          return said(store.certificates().add_enrollment_token(
              secret, {.id = id,
                       .created_at = now,
                       .expires_at = now + std::chrono::hours(100),
                       .max_uses = 2}));
        };
      case 1:
        return
            [id](Store& store) { return said(store.certificates().delete_enrollment_token(id)); };
      default:
        return [secret, challenge = new_challenge(), now = now()](Store& store) {
          return said(store.certificates().redeem_enrollment_token(
              secret, sha256(as_bytes(challenge)), now + std::chrono::hours(100), now));
        };
    }
  }
  Step set_fleet() {
    return [url = "https://mdm" + std::to_string(below(9))](Store& store) {
      return said(store.set_fleet_identity({url, "aa"}));
    };
  }

  std::mt19937_64 random_;
  std::vector<Certificate> identities_;
  FakeClock clock_;
  std::uint64_t last_uuid_ = 0;
  std::vector<std::string> challenges_;
};

}  // namespace bramley
