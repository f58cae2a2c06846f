#pragma once

#include <sstream>
#include <string>

#include "server/store/store.h"

namespace bramley {

// Everything that a store can be asked about, as text: two stores that say the same hold the same.
// Without last-seen times, which a crash may lose.
class StoreDump {
 public:
  static std::string of(Store& store, const std::vector<std::string>& challenges, Timestamp now) {
    StoreDump dump(store);
    dump.write_enrollments();
    dump.write_commands();
    dump.write_certificates(challenges, now);
    const auto fleet = store.fleet_identity();
    dump.out_ << "fleet " << (fleet ? fleet->url + " " + fleet->ca_fingerprint : "?") << "\n";
    return dump.out_.str();
  }

 private:
  explicit StoreDump(Store& store) : store_(store) {}

  // Calls `write` for every item of a list, page by page.
  template <class List, class Write>
  void each(const List& list, const Write& write) {
    PageRequest request{.limit = 500};
    do {
      const auto page = list(request);
      if (!page) {
        out_ << "ERROR " << page.error().message << "\n";
        return;
      }
      for (const auto& item : page->items) {
        write(item);
      }
      request.after = page->next;
    } while (!request.after.empty());
  }

  static std::string time(const std::optional<Timestamp>& moment) {
    return moment ? std::to_string(moment->time_since_epoch().count()) : "-";
  }
  static std::string secret(const Result<std::optional<SecretBytes>>& value) {
    if (!value) {
      return "ERROR " + value.error().message;
    }
    return *value ? std::string((*value)->reveal_text()) : "-";
  }

  void write_enrollments() {
    auto& enrollments = store_.enrollments();
    each([&](const PageRequest& page) { return enrollments.list({}, page); },
         [&](const Enrollment& e) {
           out_ << "enrollment " << e.id.value() << " of " << e.id.device_value() << " "
                << enrollment_type_name(e.id.type()) << " " << enrollment_state_name(e.state) << " "
                << push_state_name(e.push_state) << " " << dismissal_name(e.dismissal) << " "
                << e.topic << " " << e.push_magic << " " << e.push_token.size() << " "
                << e.serial_number << " " << e.device_name << " " << e.os_version << " "
                << e.user_short_name << " " << e.awaiting_configuration << " "
                << e.token_update_tally << " " << time(e.authenticated_at) << " "
                << time(e.enrolled_at) << " " << time(e.checked_out_at) << " "
                << (e.certificate ? e.certificate->hex() : "-") << " "
                << secret(enrollments.unlock_token(e.id)) << " "
                << secret(enrollments.bootstrap_token(e.id)) << "\n";
           write_facts(e.id.value());
           write_queue(e.id.value());
         });
  }

  void write_facts(const std::string& id) {
    const auto item = store_.inventory().find(id);
    if (!item || !*item) {
      out_ << "ERROR no facts\n";
      return;
    }
    for (const KnownFact& known : (*item)->facts.known()) {
      if (known.fact != Fact::last_seen) {
        const auto* const text = std::get_if<std::string>(&known.value);
        out_ << "  knows " << fact_info(known.fact).name << " " << known.value.index() << " "
             << (text != nullptr ? *text : "") << " " << time(known.as_of) << "\n";
      }
    }
  }

  void write_queue(const std::string& id) {
    each([&](const PageRequest& page) { return store_.commands().queue(id, page); },
         [&](const CommandDelivery& d) {
           out_ << "  waits " << d.command_uuid << " " << command_state_name(d.state) << "\n";
         });
  }

  void write_commands() {
    auto& commands = store_.commands();
    each([&](const PageRequest& page) { return commands.list({}, page); },
         [&](const CommandSummary& c) {
           const auto plist = commands.command(c.uuid);
           out_ << "command " << c.uuid << " " << c.request_type << " " << time(c.created_at) << " "
                << c.targets << " " << c.pending << " " << c.acknowledged << " " << c.failed << " "
                << c.cleared << " " << c.priority << " " << time(c.expires_at) << " " << c.stuck
                << " " << c.not_now << " " << c.expired << " " << c.cancelled << " "
                << (plist && *plist ? sha256((*plist)->plist).hex() : "ERROR no plist") << "\n";
           each([&](const PageRequest& page) { return commands.results(c.uuid, page); },
                [&](const CommandDelivery& d) {
                  out_ << "  " << d.enrollment_id << " " << command_state_name(d.state) << " "
                       << d.status_text << " " << time(d.queued_at) << " " << time(d.reported_at)
                       << " " << d.report_size << " " << sha256(d.report).hex() << "\n";
                });
         });
    // Along the enrollments' own index.
    for (const auto* id : {"D0", "D1", "D2:U0"}) {
      each([&](const PageRequest& page) { return commands.list({.enrollment_id = id}, page); },
           [&](const CommandSummary& c) { out_ << "sent to " << id << " " << c.uuid << "\n"; });
    }
  }

  void write_certificates(const std::vector<std::string>& challenges, Timestamp now) {
    auto& certificates = store_.certificates();
    each([&](const PageRequest& page) { return certificates.list_issued("", page); },
         [&](const CertificateStore::IssuedRecord& c) {
           const auto device = certificates.device_of(c.fingerprint);
           out_ << "certificate " << c.fingerprint.hex() << " " << c.serial_hex << " "
                << time(c.issued_at) << " " << c.device_id << " "
                << (device && *device ? **device : "-") << " " << c.device.udid << "\n";
         });
    each([&](const PageRequest& page) { return certificates.list_enrollment_tokens(page); },
         [&](const EnrollmentToken& t) {
           out_ << "token " << t.id << " " << t.uses << " of " << t.max_uses << "\n";
         });
    for (const auto& challenge : challenges) {
      const auto terms = certificates.check_challenge(sha256(as_bytes(challenge)), now);
      if (terms) {
        out_ << "challenge " << challenge << " " << terms->device.udid << "\n";
      }
    }
  }

  Store& store_;
  std::ostringstream out_;
};

}  // namespace bramley
