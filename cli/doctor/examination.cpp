#include "cli/doctor/examination.h"

#include <array>

#include "cli/input.h"
#include "cli/serve_settings.h"

namespace bramley {
namespace {

using Level = Diagnosis::Level;

// What `serve` would know without a flag: its variables, then the configuration file.
Result<ServeFlags> settings_of_serve(const Session& session) {
  ServeFlags flags;
  CommandNode node("serve", "");
  declare_serve_flags(node, flags);
  for (const Flag& flag : node.flags()) {
    const char* const value = session.environment()(flag.spec.variable.c_str());
    if (value == nullptr || *value == '\0') {
      continue;
    }
    if (auto assigned = flag.binding.assign_variable(flag.spec.variable, value); !assigned) {
      return std::move(assigned).error().while_doing(flag.spec.variable);
    }
  }
  return with_settings_file(session, flags);
}

template <class T>
const T& first_of(const T& flag, const T& setting) {
  return flag.empty() ? setting : flag;
}

// A certificate of its own, else the one that `serve` made for localhost.
void find_tls(const ServeFlags& given, const ServeFlags& settings, ServerPlaces& places) {
  places.tls_certificate = first_of(given.tls_cert, settings.tls_cert);
  places.tls_key = first_of(given.tls_key, settings.tls_key);
  const auto self_made = places.data_dir / "tls" / "server.pem";
  std::error_code ignored;
  if (places.tls_certificate.empty() && settings.tls != "off" &&
      std::filesystem::exists(self_made, ignored)) {
    places.tls_certificate = self_made;
    places.tls_key = places.data_dir / "tls" / "server.key";
  }
}

void find_apns(const DoctorOptions& options, const ServeFlags& settings, ServerPlaces& places) {
  static const std::string apples = ServerConfig().apns_url;
  places.apns_url = first_of(options.apns_url, first_of(settings.apns_url, apples));
  places.apns_ca = first_of(options.apns_ca, settings.apns_ca);
  if (!settings.apns_proxy.empty()) {
    places.apns_proxy = settings.apns_proxy == "none" ? std::string() : settings.apns_proxy;
  }
}

}  // namespace

std::string_view diagnosis_word(Level level) {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::warning:
      return "warning";
    case Level::fault:
      return "fault";
    case Level::skipped:
      return "skipped";
  }
  return "";
}

Result<ServerPlaces> find_places(const Session& session, const DoctorOptions& options) {
  TRY_ASSIGN(const ServeFlags settings, settings_of_serve(session));
  const ServeFlags& given = options.serve;
  ServerPlaces places;
  places.data_dir = first_of(given.data_dir, settings.data_dir);
  find_apns(options, settings, places);
  places.data_dir_named = !places.data_dir.empty();
  if (!places.data_dir_named) {
    TRY_ASSIGN(places.data_dir, default_data_dir(session.environment()));
  }
  places.credentials_dir = first_of(given.credentials_dir, settings.credentials_dir);
  places.credentials_dir_named = !places.credentials_dir.empty();
  if (!places.credentials_dir_named) {
    places.credentials_dir = places.data_dir / "credentials";
  }
  places.storage = first_of(given.storage, settings.storage);
  if (places.storage.empty()) {
    places.storage = "sqlite:" + (places.data_dir / "bramley.db").string();
  }
  places.url = first_of(given.url, settings.url);
  while (places.url.ends_with('/')) {
    places.url.pop_back();
  }
  find_tls(given, settings, places);
  return places;
}

void Examination::ok(std::string check, std::string subject, std::string message) {
  found_.push_back({Level::ok, std::move(check), std::move(subject), std::move(message), {}});
}

void Examination::warn(std::string check, std::string subject, std::string message,
                       std::string hint) {
  found_.push_back(
      {Level::warning, std::move(check), std::move(subject), std::move(message), std::move(hint)});
}

void Examination::fault(std::string check, std::string subject, std::string message,
                        std::string hint) {
  found_.push_back(
      {Level::fault, std::move(check), std::move(subject), std::move(message), std::move(hint)});
}

void Examination::fault(std::string check, std::string subject, const Error& error,
                        const std::string& way_out) {
  fault(std::move(check), std::move(subject), error.message,
        error.hint.empty() ? way_out : error.hint);
}

void Examination::skip(std::string check, std::string subject, std::string why, std::string hint) {
  found_.push_back(
      {Level::skipped, std::move(check), std::move(subject), std::move(why), std::move(hint)});
}

std::string Examination::public_url() const {
  if (server && !server->public_url.empty()) {
    return server->public_url;
  }
  return places_.url.empty() && server ? server->base_url : places_.url;
}

Result<KeyMaterial> read_material(const std::filesystem::path& file) {
  constexpr std::size_t limit = 1U << 20U;
  TRY_ASSIGN(Bytes content, read_input_file(file, limit));
  const SecretBytes text(std::move(content));
  auto material = read_key_material(text.reveal());
  if (!material) {
    return std::move(material).error().while_doing(file.string());
  }
  return material;
}

void judge_dates(Examination& patient, const std::string& check, const std::string& subject,
                 const std::string& what, Timestamp not_before, Timestamp not_after,
                 const std::string& renew) {
  const Timestamp now = patient.now();
  const std::string until = format_rfc3339(not_after);
  const auto days = std::chrono::floor<std::chrono::days>(not_after - now).count();
  if (now < not_before) {
    patient.fault(check, subject,
                  "the " + what + " is not valid before " + format_rfc3339(not_before),
                  "check this machine's clock");
  } else if (now > not_after) {
    patient.fault(check, subject, "the " + what + " expired on " + until, renew);
  } else if (days < patient.options().warn_days) {
    patient.warn(check, subject,
                 "the " + what + " expires on " + until + ", in " + std::to_string(days) +
                     (days == 1 ? " day" : " days"),
                 renew);
  } else {
    patient.ok(check, subject,
               "the " + what + " is valid until " + until + " (" + std::to_string(days) + " days)");
  }
}

void judge_dates(Examination& patient, const std::string& check, const std::string& subject,
                 const std::string& what, const Certificate& certificate,
                 const std::string& renew) {
  judge_dates(patient, check, subject, what, certificate.not_before(), certificate.not_after(),
              renew);
}

void examine(Examination& patient) {
  constexpr std::array<DoctorCheck, 14> all_checks = {read_profile,
                                                      check_directories,
                                                      check_key_files,
                                                      check_database,
                                                      check_data_key,
                                                      check_scep_authority,
                                                      check_push_certificates,
                                                      check_tls_files,
                                                      check_named_certificates,
                                                      check_server,
                                                      check_served_tls,
                                                      check_scep,
                                                      check_profile,
                                                      check_apns};
  for (const DoctorCheck check : all_checks) {
    patient.session().progress("examining…");
    check(patient);
  }
  patient.session().progress({});
}

}  // namespace bramley
