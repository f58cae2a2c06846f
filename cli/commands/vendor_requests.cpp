#include <pwd.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/vendor.h"
#include "cli/session.h"
#include "core/crypto/certificate_request.h"
#include "vendor-tool/signing_queue.h"

namespace bramley {
namespace {

struct RequestsOptions {
  std::filesystem::path directory;
  bool all = false;
  std::string id;
  std::vector<std::string> ids;
  std::string reason;
  bool dry_run = false;
};

Json describe(const SigningCase& subject) {
  const auto request = CertificateRequest::from_file_content(as_bytes(subject.csr));
  return {{"id", subject.id},
          {"state", signing_state_name(subject.state)},
          {"received_at", format_rfc3339(subject.received_at)},
          {"customer", subject.customer},
          {"email", subject.email},
          {"subject", request ? Json(request->subject()) : Json()},
          {"decided_by", subject.decided_by},
          {"decided_at", subject.decided_at ? Json(format_rfc3339(*subject.decided_at)) : Json()},
          {"reason", subject.reason},
          {"file", subject.file},
          {"delivery", subject.delivery}};
}

CommandResult list_requests(Session& session, const RequestsOptions& options) {
  TRY_ASSIGN(const SigningQueue queue, SigningQueue::open_existing(options.directory));
  TRY_ASSIGN(const auto listing,
             queue.list(options.all ? SigningQueue::Which::all : SigningQueue::Which::open));
  for (const Error& broken : listing.broken) {
    session.warn(broken.message);
  }
  Json lines = Json::array();
  for (const SigningCase& subject : listing.cases) {
    lines.push_back(describe(subject));
  }
  session.output().list(lines, {{"ID", "id"},
                                {"STATE", "state"},
                                {"RECEIVED", "received_at"},
                                {"CUSTOMER", "customer"},
                                {"EMAIL", "email"},
                                {"SUBJECT", "subject"}});
  return ExitCode::done;
}

CommandResult show_request(Session& session, const RequestsOptions& options) {
  TRY_ASSIGN(const SigningQueue queue, SigningQueue::open_existing(options.directory));
  TRY_ASSIGN(const SigningCase subject, queue.find(options.id));
  Json description = describe(subject);
  if (const auto request = CertificateRequest::from_file_content(as_bytes(subject.csr))) {
    description["key_bits"] = request->public_key_bits();
    description["public_key_sha256"] = sha256(request->public_key_der()).hex();
  }
  description["csr"] = subject.csr;
  session.output().record(description);
  return ExitCode::done;
}

// Who is at the keyboard, as the system knows it: an environment variable could say anything.
std::string current_user() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? std::string(entry->pw_name) : "uid " + std::to_string(::getuid());
}

Status check_decidable(const SigningQueue& queue, const std::string& id) {
  TRY_ASSIGN(const SigningCase subject, queue.find(id));
  if (subject.state != SigningState::waiting) {
    return Error{ErrorCode::conflict,
                 id + " is " + std::string(signing_state_name(subject.state)) + " already"};
  }
  return {};
}

CommandResult decide(Session& session, const RequestsOptions& options, SigningState state) {
  TRY_ASSIGN(SigningQueue queue, SigningQueue::open_existing(options.directory));
  const SigningQueue::Decision decision{state, current_user(), options.reason};
  const std::string word(signing_state_name(state));
  std::size_t refused = 0;
  std::optional<Error> last;
  for (const std::string& id : options.ids) {
    const Status decided = options.dry_run ? check_decidable(queue, id)
                                           : queue.decide(id, decision, session.clock().now());
    if (decided) {
      session.note(options.dry_run ? id + " can be " + word : id + " is " + word);
      continue;
    }
    ++refused;
    last = decided.error();
    if (options.ids.size() > 1) {
      session.report(decided.error());
    }
  }
  if (refused == options.ids.size()) {
    return {last->code == ErrorCode::not_found ? ExitCode::not_found : ExitCode::failed, *last};
  }
  if (refused > 0) {
    return {ExitCode::partly_done,
            Error{last->code, std::to_string(refused) + " of " +
                                  std::to_string(options.ids.size()) + " requests not " + word}};
  }
  return options.dry_run ? would_change(session, "have them " + word) : ExitCode::done;
}

void add_directory_flag(CommandNode& node, RequestsOptions& options) {
  node.flag({.name = "dir",
             .value = "DIR",
             .help = "The folder of 'bramley vendor serve'",
             .need = FlagSpec::Need::required},
            options.directory);
}

void add_decision(CommandNode& requests, std::string name, std::string summary,
                  SigningState state) {
  auto options = std::make_shared<RequestsOptions>();
  CommandNode& node = requests.add(std::move(name), std::move(summary));
  node.positional({.name = "ID", .help = "As 'bramley vendor requests list' shows it"},
                  options->ids);
  add_directory_flag(node, *options);
  node.flag({.name = "reason", .value = "TEXT", .help = "A remark for the audit file"},
            options->reason);
  node.flag({.name = "dry-run", .help = "Say whether it could be done (exit 8), and do nothing"},
            options->dry_run);
  node.run([options, state](Session& session) { return decide(session, *options, state); });
}

}  // namespace

void add_vendor_requests(CommandNode& vendor) {
  CommandNode& requests = vendor.add("requests", "The queue of 'bramley vendor serve'");
  requests.describe(
      "Works on the service's folder, whether the service runs or not: what is approved while it "
      "does not run is signed when it runs again.");
  auto list_options = std::make_shared<RequestsOptions>();
  CommandNode& list = requests.add("list", "List the requests that are open");
  list.prints_data();
  add_directory_flag(list, *list_options);
  list.flag({.name = "all", .help = "Also those that are signed, denied or failed"},
            list_options->all);
  list.run([list_options](Session& session) { return list_requests(session, *list_options); });
  auto show_options = std::make_shared<RequestsOptions>();
  CommandNode& show = requests.add("show", "Show one request");
  show.prints_data();
  show.positional({.name = "ID", .help = "As the list shows it"}, show_options->id);
  add_directory_flag(show, *show_options);
  show.run([show_options](Session& session) { return show_request(session, *show_options); });
  add_decision(requests, "approve", "Have requests signed", SigningState::approved);
  add_decision(requests, "deny", "Turn requests down", SigningState::denied);
}

}  // namespace bramley
