#include "server/mdm_services.h"

namespace bramley {

Result<std::unique_ptr<MdmServices>> MdmServices::build(ServerConfig& config, Ports ports) {
  auto services = std::make_unique<MdmServices>();
  services->log_ = &ports.log;
  services->build_core(config, ports);
  TRY(services->add_user_authentication(config, ports));
  services->add_events(ports);
  services->dismissal_ = std::make_unique<DismissalService>(
      *services->outermost_so_far_, ports.store.enrollments(), ports.clock, ports.log);
  services->renewal_ = std::make_unique<RenewalService>(
      *services->dismissal_,
      RenewalService::Ports{ports.store.enrollments(), ports.store.renewals(), ports.profiles,
                            ports.renewal_hints, ports.clock, ports.log});
  services->re_enrollment_ = std::make_unique<ReEnrollmentService>(
      *services->renewal_, config.re_enroll,
      ReEnrollmentService::Ports{ports.store.renewals(), ports.store.events(), ports.audience,
                                 ports.bell, ports.clock, ports.random, ports.log, ports.metrics});
  std::optional<CertificateBindingService::Association> association;
  if (config.retro_until) {
    association.emplace(*config.retro_until, ports.clock, ports.log);
  }
  services->binding_ = std::make_unique<CertificateBindingService>(
      *services->re_enrollment_, ports.store.certificates(), association);
  return services;
}

void MdmServices::reload() {
  if (users_file_.empty()) {
    return;
  }
  auto users = load_digest_users(users_file_);
  if (!users) {
    log_->error("the users of before stay", {{"cause", users.error().message}});
    return;
  }
  log_->info("users read again", {{"users", std::to_string(users->hashes.size())}});
  user_authentication_->set_users(*std::move(users));
}

void MdmServices::build_core(ServerConfig& config, Ports& ports) {
  if (ports.declarations) {
    declarations_ = std::make_unique<DeclarationHook>(
        DeclarationHook::Options{config.dm_url, std::move(config.dm_send_hmac_key),
                                 std::move(config.dm_recv_hmac_key)},
        std::move(ports.declarations));
  }
  enrollment_ = std::make_unique<EnrollmentService>(
      ports.store.enrollments(), ports.store.commands(), ports.clock, ports.log,
      EnrollmentService::Ports{declarations_.get(), nullptr});
  unlock_tokens_ =
      std::make_unique<UnlockTokenService>(*enrollment_, ports.store.enrollments(), ports.log);
  outermost_so_far_ = unlock_tokens_.get();
}

Status MdmServices::add_user_authentication(const ServerConfig& config, const Ports& ports) {
  std::optional<DigestUsers> users;
  switch (config.user_authentication) {
    case UserAuthentication::decline:
      return {};  // which the core does by itself
    case UserAuthentication::empty:
      break;
    case UserAuthentication::digest: {
      users_file_ = config.users_file;
      TRY_ASSIGN(users, load_digest_users(users_file_));
      break;
    }
  }
  user_authentication_ = std::make_unique<UserAuthenticationService>(
      *outermost_so_far_, ports.store.enrollments(), std::move(users), ports.clock, ports.random,
      ports.log);
  outermost_so_far_ = user_authentication_.get();
  return {};
}

void MdmServices::add_events(const Ports& ports) {
  publishing_ =
      std::make_unique<EventPublishingService>(*outermost_so_far_, ports.store.events(), ports.bell,
                                               ports.audience, ports.clock, ports.random);
  outermost_so_far_ = publishing_.get();
}

}  // namespace bramley
