#include <sys/stat.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands/vendor.h"
#include "cli/input.h"
#include "cli/session.h"
#include "cli/vendor_identity.h"
#include "server/config.h"
#include "server/endpoint_address.h"
#include "server/periodic.h"
#include "server/signals.h"
#include "server/spdlog_log.h"
#include "vendor-tool/command_courier.h"
#include "vendor-tool/signing_service.h"

namespace bramley {
namespace {

constexpr std::size_t customers_limit = 1U << 20U;
constexpr std::chrono::milliseconds look_interval(500);
constexpr std::chrono::milliseconds shutdown_grace(10'000);
constexpr int worker_threads = 4;
constexpr std::size_t most_connections = 1000;

struct ServeOptions {
  VendorFlags vendor;
  std::filesystem::path directory;
  std::filesystem::path customers;
  std::string listen = "127.0.0.1:8444";
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  std::string tls;
  std::filesystem::path on_signed;
  std::string log_format = "text";
  std::string log_level = "info";
  bool dry_run = false;
};

Result<SigningCustomers> read_customers(const std::filesystem::path& path) {
  TRY_ASSIGN(Bytes bytes, read_input_file(path, customers_limit));
  const SecretBytes content(std::move(bytes));
  auto customers = SigningCustomers::parse(content.reveal());
  if (!customers) {
    return std::move(customers).error().while_doing(path.string());
  }
  struct stat status{};
  constexpr mode_t others = S_IRWXG | S_IRWXO;
  if (customers->has_keys_in_clear() && ::stat(path.c_str(), &status) == 0 &&
      (status.st_mode & others) != 0) {
    return Error{ErrorCode::forbidden,
                 path.string() + ": holds API keys in clear, and others may read it",
                 "chmod 600 it, or put \"key_sha256\" in place of \"key\""};
  }
  return customers;
}

Result<ListenerOptions> listener_options(const ServeOptions& options) {
  TRY_ASSIGN(const EndpointAddress address, EndpointAddress::parse(options.listen));
  ListenerEndpoint endpoint{"public", address.address, address.port, std::nullopt};
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return Error{ErrorCode::malformed, "--tls-cert and --tls-key go together"};
  }
  if (!options.tls_certificate.empty()) {
    if (!options.tls.empty()) {
      return Error{ErrorCode::malformed, "--tls off does not go with --tls-cert"};
    }
    endpoint.tls = TlsFiles{options.tls_certificate, options.tls_key};
  } else if (options.tls.empty() && !address.is_loopback()) {
    return Error{ErrorCode::malformed, "listen on " + options.listen + " without TLS",
                 "give --tls-cert and --tls-key, or --tls off when a proxy in front does TLS: API "
                 "keys go over this line"};
  }
  ListenerOptions listener;
  listener.endpoints.push_back(std::move(endpoint));
  listener.worker_threads = worker_threads;
  listener.max_connections = most_connections;
  return listener;
}

LogLevel level_of(const std::string& word) {
  return word == "debug"   ? LogLevel::debug
         : word == "warn"  ? LogLevel::warn
         : word == "error" ? LogLevel::error
                           : LogLevel::info;
}

// What a program that sends mail may need, and none of our secrets.
std::vector<std::string> courier_environment(const Session& session) {
  std::vector<std::string> environment;
  for (const char* name : {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"}) {
    if (const char* value = session.environment()(name)) {
      environment.push_back(std::string(name) + "=" + value);
    }
  }
  return environment;
}

// Everything that is read before the first request is taken.
struct Prepared {
  ListenerOptions listener;
  PushRequestSigner signer;
  SigningCustomers customers;
};

Result<Prepared> prepare(Session& session, const ServeOptions& options) {
  TRY_ASSIGN(ListenerOptions listener, listener_options(options));
  TRY_ASSIGN(SigningCustomers customers, read_customers(options.customers));
  TRY_ASSIGN(VendorIdentity identity,
             read_vendor_identity(session, options.vendor,
                                  options.dry_run ? KeepChain::no : KeepChain::yes));
  TRY_ASSIGN(
      PushRequestSigner signer,
      PushRequestSigner::make(std::move(identity), DigestAlgorithm::sha256, session.clock().now()));
  return Prepared{std::move(listener), std::move(signer), std::move(customers)};
}

void reload_customers(const ServeOptions& options, SigningService& service, Listener& listener,
                      Log& log) {
  listener.reload_tls();
  auto customers = read_customers(options.customers);
  if (!customers) {
    log.error("customers not read again: the old ones stay",
              {{"cause", customers.error().message}});
    return;
  }
  log.info("customers read again", {{"count", std::to_string(customers->size())}});
  service.set_customers(*std::move(customers));
}

Status run(Session& session, const ServeOptions& options, Prepared prepared,
           const SignalWaiter& signals) {
  const auto log =
      make_standard_error_log(options.log_format == "json" ? LogFormat::json : LogFormat::text,
                              level_of(options.log_level));
  TRY_ASSIGN(SigningQueue queue, SigningQueue::open(std::filesystem::absolute(options.directory)));
  const std::size_t count = prepared.customers.size();
  SigningService service(prepared.signer, queue, std::move(prepared.customers), session.clock(),
                         *log);
  CommandCourier courier(options.on_signed, courier_environment(session));
  SigningWorker worker(prepared.signer, queue, options.on_signed.empty() ? nullptr : &courier,
                       session.clock(), *log);
  const bool tls = prepared.listener.endpoints.front().tls.has_value();
  const std::string address = prepared.listener.endpoints.front().address;
  TRY_ASSIGN(const auto listener, Listener::start(std::move(prepared.listener), service, *log));
  const Periodic looking(look_interval, [&worker] { worker.run_once(); });
  const bool v6 = address.find(':') != std::string::npos;
  session.note("listening on " + std::string(tls ? "https://" : "http://") +
               (v6 ? "[" + address + "]" : address) + ":" + std::to_string(listener->port(0)) +
               std::string(signing_path) + " for " + std::to_string(count) +
               (count == 1 ? " customer" : " customers"));
  session.note("the signing certificate is valid until " +
               format_rfc3339(prepared.signer.certificate().not_after()));
  signals.wait([&] { reload_customers(options, service, *listener, *log); });
  listener->drain(shutdown_grace);
  return {};
}

CommandResult serve(Session& session, const ServeOptions& options) {
  // Before any thread: all of them inherit the mask.
  const SignalWaiter signals;
  auto prepared = prepare(session, options);
  if (!prepared) {
    const bool usage = prepared.error().code == ErrorCode::malformed;
    return usage ? CommandResult::usage(std::move(prepared).error())
                 : CommandResult::failed(std::move(prepared).error());
  }
  if (options.dry_run) {
    return would_change(session, "serve from " + options.directory.string());
  }
  if (auto ran = run(session, options, *std::move(prepared), signals); !ran) {
    return CommandResult::failed(std::move(ran).error());
  }
  return ExitCode::done;
}

void add_queue_flags(CommandNode& node, ServeOptions& options) {
  node.flag({.name = "dir",
             .value = "DIR",
             .help = "The queue, the outbox and the audit file; made when it is missing",
             .need = FlagSpec::Need::required},
            options.directory);
  node.flag({.name = "customers",
             .value = "FILE",
             .help = "API keys, e-mail domains and rules, in JSON; SIGHUP reads it again",
             .need = FlagSpec::Need::required},
            options.customers);
  node.flag({.name = "on-signed",
             .value = "PROGRAM",
             .help = "Run PROGRAM FILE EMAIL, without a shell, for each file in the outbox"},
            options.on_signed);
}

void add_listener_flags(CommandNode& node, ServeOptions& options) {
  node.flag({.name = "listen", .value = "HOST:PORT", .help = "Where to listen"}, options.listen);
  node.flag({.name = "tls-cert",
             .value = "FILE",
             .help = "Certificate chain in PEM, the server's own first"},
            options.tls_certificate);
  node.flag({.name = "tls-key", .value = "FILE", .help = "Its private key in PEM"},
            options.tls_key);
  node.flag({.name = "tls",
             .value = "WORD",
             .help = "Plain HTTP, for a proxy in front that does TLS",
             .choices = {"off"},
             .default_text = "on, except on loopback"},
            options.tls);
  node.flag({.name = "log-format",
             .value = "WORD",
             .help = "How log lines look",
             .choices = {"text", "json"}},
            options.log_format);
  node.flag({.name = "log-level",
             .value = "WORD",
             .help = "The least that is logged",
             .choices = {"debug", "info", "warn", "error"}},
            options.log_level);
  node.flag({.name = "dry-run", .help = "Check certificates and customers, and end (exit 8)"},
            options.dry_run);
}

}  // namespace

void add_vendor_serve(CommandNode& vendor) {
  auto options = std::make_shared<ServeOptions>();
  CommandNode& node = vendor.add("serve", "Run a signing service for customers");
  node.describe(
      "Speaks the protocol of mdmcert.download: POST /api/v1/signrequest with {csr, email, key, "
      "encrypt}. A request is signed when a rule or a person approves it ('bramley vendor "
      "requests'); the encrypted attachment then lies in the outbox, and --on-signed can mail it. "
      "Every decision is a line in audit.ndjson.\n\n"
      "The file of customers is {\"customers\": [{\"name\": \"acme\", \"key_sha256\": \"...\", "
      "\"domains\": {\"acme.example\": \"automatic\", \"*\": \"manual\"}}]}: SHA-256 of the API "
      "key in hex (or \"key\" with the key itself), and for each domain of e-mail addresses "
      "whether requests are signed at once. A domain that is not there is refused; * is every "
      "other one.\n\n"
      "The program of --on-signed also finds BRAMLEY_REQUEST_ID, _CUSTOMER, _EMAIL and _FILE in "
      "its environment; it has one minute.");
  add_queue_flags(node, *options);
  add_vendor_flags(node, options->vendor, "BRAMLEY_VENDOR_SERVE_PASSPHRASE");
  add_listener_flags(node, *options);
  node.example(
      "bramley vendor serve --dir signing --customers customers.json --cert vendor.p12 "
      "--passphrase @passphrase --fetch-chain --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key "
      "key.pem --on-signed ./send-mail",
      "A service for customers, which mails what it signs.");
  node.run([options](Session& session) { return serve(session, *options); });
}

}  // namespace bramley
