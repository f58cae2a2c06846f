#include "server/application.h"

#include <mutex>

#include "core/base/file.h"
#include "core/base/version.h"
#include "core/crypto/enveloped_message.h"
#include "server/certificate_metrics.h"
#include "server/credentials/credential_source.h"
#include "server/device_authorities.h"
#include "server/endpoint_address.h"
#include "server/event_work.h"
#include "server/fleet_guard.h"
#include "server/http/api_handler.h"
#include "server/http/dispatcher.h"
#include "server/http/scep_handler.h"
#include "server/inventory_work.h"
#include "server/local_tls.h"
#include "server/mdm_services.h"
#include "server/monitoring.h"
#include "server/nanomdm_work.h"
#include "server/periodic.h"
#include "server/push_metrics.h"
#include "server/push_work.h"
#include "server/queue_upkeep.h"
#include "server/renewal_work.h"
#include "server/service/push_certificate_service.h"
#include "server/service/scep_service.h"
#include "server/storage.h"
#include "server/store/store.h"

namespace bramley {
namespace {

constexpr std::chrono::days authority_lifetime(3650);
constexpr std::chrono::seconds credentials_interval(10);
constexpr std::chrono::seconds sweep_interval(60);
constexpr std::int64_t sweep_rows = 1000;
constexpr std::chrono::seconds queue_interval(2);

// X.520: a common name has 64 characters at most.
std::string authority_name(const std::string& organization) {
  constexpr std::size_t most_bytes = 64;
  const std::string name = organization + " device CA";
  return name.size() <= most_bytes ? name : "Device CA";
}

// Built from the bottom up, each step on what the one before it checked.
class RunningApplication : public Application {
 public:
  RunningApplication(ServerConfig config, const ServerSeams& seams, Log& log)
      : config_(std::move(config)), seams_(seams), log_(log) {}
  ~RunningApplication() override { stop(); }

  Status start() {
    TRY(open_store());
    TRY(open_credentials());
    TRY(prepare_tls());
    TRY_ASSIGN(authorities_, device_authorities(*credentials_, config_.device_ca));
    TRY(guard_fleet_identity(*store_, claim(), identity_change(), log_));
    TRY(build_device_doors());
    TRY(build_api());
    TRY(event_work_->start());  // webhooks are told of the first message that is answered
    TRY(listen());
    TRY(start_monitoring());
    start_background_work();
    start_queue_upkeep();
    start_renewals();
    return {};
  }

  const StartReport& report() const override { return report_; }

  void reload() override {
    reload_credentials();
    mdm_services_->reload();
    listener_->reload_tls();
    monitoring_.reload_tls();
    log_.info("credentials and TLS files looked at again");
  }

  void stop() override {
    if (stopped_ || !listener_) {
      return;
    }
    stopped_ = true;
    event_work_->ask_to_stop();
    listener_->drain(config_.shutdown_grace);
    nanomdm_work_->stop();
    renewal_work_.stop();
    inventory_work_.stop();
    push_work_->stop();
    background_.clear();
    event_work_->stop();
    monitoring_.stop();
    if (const Status flushed = store_->flush(); !flushed) {
      log_.error("last-seen times not written", {{"cause", flushed.error().message}});
    }
    log_.info("stopped");
  }

 private:
  [[nodiscard]] CredentialOptions credential_options() const {
    return {config_.credentials_dir, seams_.environment};
  }
  [[nodiscard]] IdentityChange identity_change() const {
    return config_.allow_identity_change ? IdentityChange::allow : IdentityChange::refuse;
  }

  Status open_store() {
    TRY_ASSIGN(auto opened,
               open_storage(config_, credential_options(), seams_, monitoring_.metrics(), log_));
    store_ = std::move(opened.store);
    if (!opened.made.empty()) {
      report_.made.push_back(std::move(opened.made));
    }
    return {};
  }

  Status open_credentials() {
    TRY_ASSIGN(credentials_, load_credentials(credential_options(), seams_.clock, log_));
    if (!credentials_->scep_authority() && config_.scep) {
      TRY(make_authority());
    }
    if (config_.scep) {
      TRY(check_scep());
    }
    for (const PushCertificateState& push : credentials_->push_certificate_states()) {
      if (!push.fault.empty()) {
        report_.warnings.push_back("push certificate " + push.location + ": " + push.fault);
      }
    }
    if (credentials_->push_certificates().empty()) {
      report_.warnings.push_back(config_.allow_empty_topic
                                     ? "no push certificate: profiles have an empty topic, which "
                                       "real devices refuse"
                                     : "no push certificate: no enrollment profile can be made "
                                       "(try things out with --allow-empty-topic)");
    }
    return {};
  }

  // Whether SCEP could answer anybody, before anything is written.
  Status check_scep() const {
    if (!check_envelope_recipient(credentials_->scep_authority()->certificate())) {
      return Error{ErrorCode::unsupported,
                   "start the server: the SCEP CA has no RSA key, and SCEP can seal its requests "
                   "for no other",
                   "make a CA with 'bramley ca init', or start with --scep off"};
    }
    if (auto des = config_.scep_allow_des ? single_des_available() : Status(); !des) {
      return std::move(des)
          .error()
          .while_doing("start the server with --scep-allow-des")
          .with_hint("install OpenSSL's legacy provider, or leave the flag out");
    }
    return {};
  }

  Status make_authority() {
    TRY(may_make_authority(*store_, identity_change()));
    if (config_.credentials_dir.empty()) {
      return Error{
          ErrorCode::not_found, "start the server: there is no SCEP CA",
          "set BRAMLEY_SCEP_CA_CERT and BRAMLEY_SCEP_CA_KEY, or give --credentials-dir, or "
          "--scep off with --device-ca"};
    }
    AuthorityTerms terms;
    terms.common_name = authority_name(config_.organization);
    terms.organization = config_.organization;
    terms.not_before = seams_.clock.now() - std::chrono::days(1);
    terms.not_after = terms.not_before + authority_lifetime;
    if (auto made = create_scep_authority(config_.credentials_dir, terms, *seams_.random); !made) {
      return std::move(made).error().while_doing("make a SCEP CA");
    }
    report_.made.push_back("SCEP CA in " + (config_.credentials_dir / "scep-ca.pem").string());
    TRY_ASSIGN(credentials_, load_credentials(credential_options(), seams_.clock, log_));
    return {};
  }

  Status prepare_tls() {
    switch (config_.tls_mode) {
      case TlsMode::files:
        return {};
      case TlsMode::off:
        report_.warnings.push_back("TLS is off: devices need a TLS proxy in front");
        return {};
      case TlsMode::self_made:
        break;
    }
    TRY_ASSIGN(const auto tls, local_tls(config_.data_dir / "tls", seams_.clock, *seams_.random));
    config_.tls = tls.files;
    if (tls.made) {
      report_.made.push_back("TLS certificate for localhost in " +
                             tls.files.certificate_chain.string());
    }
    return {};
  }

  [[nodiscard]] FleetClaim claim() const {
    FleetClaim claim{{config_.url, {}}, {}};
    if (const auto authority = credentials_->scep_authority()) {
      const AuthorityMark mark = authority_mark(authority->certificate());
      claim.identity.ca_fingerprint = mark.fingerprint;
      claim.identity.ca_name_and_key = mark.name_and_key;
    }
    for (const PushCertificate& push : credentials_->push_certificates()) {
      claim.topics.push_back(push.topic);
    }
    for (const Certificate& authority : authorities_) {
      claim.authorities.push_back(authority_mark(authority));
    }
    return claim;
  }

  Status build_device_doors() {
    TRY_ASSIGN(auto trust, TrustStore::of(authorities_));
    warn_of_useless_authorities(trust);
    DeviceAuthenticatorOptions options{
        std::move(trust), config_.cert_header, {}, config_.identity_grace};
    for (const std::string& text : config_.trusted_proxies) {
      TRY_ASSIGN(const auto range, AddressRange::parse(text));
      options.trusted_proxies.push_back(range);
    }
    authenticator_ = std::make_unique<DeviceAuthenticator>(std::move(options), seams_.clock);
    event_work_ = std::make_unique<EventWork>(config_.events, store_->events(), seams_.clock,
                                              *seams_.random, log_, monitoring_.webhooks());
    if (config_.scep && credentials_->scep_authority()) {
      build_scep();
    }
    TRY_ASSIGN(auto profiles, profile_options());
    profile_service_ = std::make_unique<EnrollmentProfileService>(
        store_->certificates(), *credentials_, std::move(profiles), seams_.clock, *seams_.random);
    TRY_ASSIGN(
        mdm_services_,
        MdmServices::build(config_, {*store_, event_work_->bell(), event_work_->audience(),
                                     *profile_service_, renewal_work_.hints(), declaration_client(),
                                     seams_.clock, *seams_.random, log_, monitoring_.metrics()}));
    mdm_handler_ = std::make_unique<MdmHandler>(*authenticator_, mdm_services_->outermost(),
                                                monitoring_.door_log());
    return {};
  }

  // Null: declarative management is nobody's.
  [[nodiscard]] std::unique_ptr<HttpClient> declaration_client() const {
    if (config_.dm_url.empty()) {
      return nullptr;
    }
    auto options = DeclarationHook::http_options();
    return seams_.make_http ? seams_.make_http(std::move(options))
                            : std::make_unique<CurlHttpClient>(std::move(options));
  }

  // An intermediate beside a root that is not its own, or one that is past its time: all devices
  // below it would be refused, and nobody would know why.
  void warn_of_useless_authorities(const TrustStore& trust) {
    for (const Certificate& authority : authorities_) {
      if (const Status chain = trust.verify(authority, seams_.clock.now()); !chain) {
        report_.warnings.push_back("device identities of " + authority.subject() +
                                   " will be refused: " + chain.error().message +
                                   " (--device-ca needs every authority up to a root)");
      }
    }
  }

  void build_scep() {
    ScepPolicy policy;
    if (config_.scep_challenge) {
      policy.static_challenge = sha256(config_.scep_challenge->reveal());
    }
    policy.single_des = config_.scep_allow_des ? SingleDes::allow : SingleDes::refuse;
    policy.device_authorities = authorities_;
    policy.validity = config_.scep_validity;
    policy.identity_grace = config_.identity_grace;
    policy.min_key_bits = config_.scep_min_key_bits;
    scep_service_ = std::make_unique<ScepService>(
        store_->certificates(), credentials_->scep_authority(), std::move(policy), seams_.clock,
        *seams_.random, monitoring_.door_log(), monitoring_.metrics());
    scep_handler_ = std::make_unique<ScepHandler>(*scep_service_, monitoring_.door_log());
  }

  Status build_api() {
    TRY(build_nanomdm());
    TRY_ASSIGN(push_work_, PushWork::build(config_, {store_->push_schedule(), *credentials_,
                                                     seams_.clock, *seams_.random, log_}));
    command_service_ = std::make_unique<CommandService>(store_->commands(), push_work_->service(),
                                                        seams_.clock, log_);
    push_certificate_service_ = std::make_unique<PushCertificateService>(
        store_->enrollments(), *credentials_,
        PushCertificateService::Options{config_.credentials_dir, config_.allow_identity_change
                                                                     ? TopicChange::allow
                                                                     : TopicChange::refuse},
        seams_.clock, log_);
    ServerFacts facts;
    facts.version = program_version;
    facts.url = config_.url;
    facts.organization = config_.organization;
    facts.storage = config_.storage.substr(0, config_.storage.find(':'));
    facts.scep = scep_handler_ != nullptr;
    facts.started_at = seams_.clock.now();
    api_handler_ = std::make_unique<ApiHandler>(ApiHandler::Dependencies{
        *store_, *credentials_, *command_service_, push_work_->service(), *profile_service_,
        *push_certificate_service_, config_.api_key, seams_.clock, *seams_.random, log_,
        std::move(facts), config_.open_enrollment ? OpenEnrollment::on : OpenEnrollment::off,
        event_work_->door(), nanomdm_work_->extras()});
    return {};
  }

  Status build_nanomdm() {
    TRY_ASSIGN(nanomdm_work_, NanoMdmWork::build(config_, {*store_, *credentials_, seams_.make_http,
                                                           *authenticator_, seams_.clock, log_,
                                                           monitoring_.door_log()}));
    if (config_.identity_grace.count() > 0 && !config_.scep) {
      report_.warnings.push_back(
          "--identity-grace does nothing with --scep off: what renews an "
          "identity is a certificate of our SCEP CA");
    }
    for (std::string& warning : warnings_of_open_doors(config_, seams_.clock.now())) {
      report_.warnings.push_back(std::move(warning));
    }
    return {};
  }

  Result<EnrollmentProfileOptions> profile_options() const {
    EnrollmentProfileOptions options;
    options.url = config_.url;
    options.mdm_path = config_.mdm_path;
    options.organization = config_.organization;
    options.scep = scep_handler_ != nullptr;
    options.allow_empty_topic = config_.allow_empty_topic;
    if (config_.tls_mode == TlsMode::self_made) {
      TRY_ASSIGN(const auto text, read_file(config_.tls.certificate_chain));
      TRY_ASSIGN(options.tls_roots, Certificate::all_from_pem(as_text(text)));
    }
    return options;
  }

  Status listen() {
    Dispatcher::Routes routes;
    routes.mdm_path = config_.mdm_path;
    routes.check_in_path = config_.check_in_path;
    routes.devices = mdm_handler_.get();
    routes.scep = scep_handler_.get();
    routes.api = api_handler_.get();
    routes.api_apart = !config_.api_listen.empty();
    routes.observer = &monitoring_.requests();
    routes.auth_proxy = nanomdm_work_->auth_proxy();
    routes.dump = nanomdm_work_->dump();
    dispatcher_ = std::make_unique<Dispatcher>(std::move(routes));

    ListenerOptions options;
    options.client_authorities = authorities_;
    options.worker_threads = config_.worker_threads;
    TRY(add_endpoint("public", config_.listen, options));
    if (!config_.api_listen.empty()) {
      TRY(add_endpoint("api", config_.api_listen, options));
    }
    TRY_ASSIGN(listener_, Listener::start(options, *dispatcher_, monitoring_.door_log()));
    report_.url = config_.url;
    for (std::size_t i = 0; i < options.endpoints.size(); ++i) {
      report_.listening.push_back(endpoint_text(options.endpoints[i], listener_->port(i)));
      log_.info("listening",
                {{"endpoint", options.endpoints[i].name}, {"address", report_.listening.back()}});
    }
    return {};
  }

  // Without a password, so on loopback it needs no TLS either; elsewhere it has the server's.
  Status start_monitoring() {
    add_push_metrics(monitoring_.metrics(), push_work_->counters());
    add_certificate_metrics(monitoring_.metrics(), *credentials_,
                            config_.tls_mode == TlsMode::off ? "" : config_.tls.certificate_chain);
    monitoring_.watch(store_->commands());
    if (config_.metrics_listen.empty()) {
      return {};
    }
    TRY_ASSIGN(const auto address, EndpointAddress::parse(config_.metrics_listen));
    ListenerEndpoint endpoint{"metrics", address.address, address.port, std::nullopt};
    if (!address.is_loopback() && config_.tls_mode != TlsMode::off) {
      endpoint.tls = config_.tls;
    }
    TRY_ASSIGN(const auto port, monitoring_.listen(endpoint));
    report_.metrics = endpoint_text(endpoint, port) + "/metrics";
    log_.info("listening", {{"endpoint", "metrics"}, {"address", report_.metrics}});
    return {};
  }

  Status add_endpoint(std::string name, const std::string& text, ListenerOptions& options) const {
    TRY_ASSIGN(const auto address, EndpointAddress::parse(text));
    ListenerEndpoint endpoint{std::move(name), address.address, address.port, std::nullopt};
    if (config_.tls_mode != TlsMode::off) {
      endpoint.tls = config_.tls;
    }
    options.endpoints.push_back(std::move(endpoint));
    return {};
  }

  static std::string endpoint_text(const ListenerEndpoint& endpoint, std::uint16_t port) {
    const bool v6 = endpoint.address.find(':') != std::string::npos;
    return (endpoint.tls ? "https://" : "http://") +
           (v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" + std::to_string(port);
  }

  void reload_credentials() {
    const std::lock_guard lock(reloading_);
    const auto before = credentials_->scep_authority();
    credentials_->reload();
    const auto now = credentials_->scep_authority();
    if (now == before) {
      return;
    }
    // Only ever renewed. The certificate of before stays trusted beside it: it is what the devices'
    // chains were made with.
    authorities_.insert(authorities_.begin(), now->certificate());
    if (auto trust = TrustStore::of(authorities_)) {
      authenticator_->set_trust(*std::move(trust));
    } else {
      log_.error("devices are judged by the CA's certificate of before",
                 {{"cause", trust.error().message}});
    }
    if (scep_service_) {
      scep_service_->set_authority(now);
    }
  }

  void start_background_work() {
    push_work_->start();
    background_.push_back(
        std::make_unique<Periodic>(credentials_interval, [this] { reload_credentials(); }));
    background_.push_back(std::make_unique<Periodic>(sweep_interval, [this] {
      const auto swept = store_->certificates().sweep(seams_.clock.now(), sweep_rows);
      if (!swept) {
        log_.error("expired challenges not removed", {{"cause", swept.error().message}});
      }
    }));
  }

  void start_renewals() {
    RenewalTerms terms{config_.renew_before, config_.scep_validity};
    if (!scep_service_) {
      terms.before = {};  // nothing could be issued
    }
    renewal_work_.start(
        terms, {*store_, *credentials_, push_work_->service(), renewal_work_.hints(), seams_.clock,
                *seams_.random, log_, monitoring_.metrics()});
    inventory_work_.start(config_.inventory_every,
                          {store_->inventory(), push_work_->service(), seams_.clock, *seams_.random,
                           log_, monitoring_.metrics()});
  }

  void start_queue_upkeep() {
    background_.push_back(std::make_unique<Periodic>(queue_interval, [this] {
      tidy_queue(store_->commands(), config_.history, seams_.clock, log_);
    }));
  }

  ServerConfig config_;
  ServerSeams seams_;
  Log& log_;
  Monitoring monitoring_{log_, seams_.clock};
  StartReport report_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<CredentialSource> credentials_;
  std::vector<Certificate> authorities_;
  std::unique_ptr<DeviceAuthenticator> authenticator_;
  std::unique_ptr<EventWork> event_work_;
  RenewalWork renewal_work_;
  InventoryWork inventory_work_;
  std::unique_ptr<EnrollmentProfileService> profile_service_;
  std::unique_ptr<MdmServices> mdm_services_;
  std::unique_ptr<MdmHandler> mdm_handler_;
  std::unique_ptr<ScepService> scep_service_;
  std::unique_ptr<ScepHandler> scep_handler_;
  std::unique_ptr<NanoMdmWork> nanomdm_work_;
  std::unique_ptr<PushWork> push_work_;
  std::unique_ptr<CommandService> command_service_;
  std::unique_ptr<PushCertificateService> push_certificate_service_;
  std::unique_ptr<ApiHandler> api_handler_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::unique_ptr<Periodic>> background_;
  std::mutex reloading_;
  bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Application>> Application::start(ServerConfig config,
                                                        const ServerSeams& seams, Log& log) {
  auto application = std::make_unique<RunningApplication>(std::move(config), seams, log);
  TRY(application->start());
  return std::unique_ptr<Application>(std::move(application));
}

}  // namespace bramley
