#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/serve_config.h"
#include "cli/session.h"
#include "core/crypto/key_material.h"
#include "core/mdm/enrollment_profile.h"
#include "server/credentials/push_certificate_files.h"

namespace bramley {

// What one look at one thing came to.
struct Diagnosis {
  enum class Level { ok, warning, fault, skipped } level;
  std::string check;    // a word for scripts: "scep_ca"
  std::string subject;  // the file, certificate or address that was looked at
  std::string message;
  std::string hint;  // the way out; empty when there is nothing to do
};
std::string_view diagnosis_word(Diagnosis::Level level);

// The flags of `doctor`, as they were written.
struct DoctorOptions {
  bool offline = false;
  bool strict = false;
  std::int64_t warn_days = 30;
  ServeFlags serve;  // those that say where a server has its things; the others stay empty
  std::filesystem::path profile;
  std::vector<std::filesystem::path> signing_certificates;
  std::vector<std::filesystem::path> vendor_certificates;
  std::string apns_url;
  std::filesystem::path apns_ca;
};

// Where a server on this machine has its things: flags of doctor, else what `serve` would take from
// its environment variables and configuration file, else its defaults.
struct ServerPlaces {
  std::filesystem::path data_dir;
  bool data_dir_named = false;  // somebody said so: then it must be there
  std::filesystem::path credentials_dir;
  bool credentials_dir_named = false;
  std::string storage;
  std::filesystem::path tls_certificate;  // empty: none on this machine
  std::filesystem::path tls_key;
  // The way to Apple's push service.
  std::string apns_url;
  std::filesystem::path apns_ca;          // empty: the system's roots
  std::optional<std::string> apns_proxy;  // none: as the environment says
  std::string url;                        // empty: nobody says
};
// malformed: a configuration file or variable that says nothing.
Result<ServerPlaces> find_places(const Session& session, const DoctorOptions& options);

struct PushPair {
  std::string topic;
  Certificate certificate;
  std::optional<PrivateKey> key;
  std::string place;
  CredentialOrigin origin;
};

// What the running server says about itself.
struct ServerWord {
  std::string base_url;    // where it was asked
  std::string public_url;  // what devices know it by
  std::string ca_sha256;
  std::vector<std::string> topics;
  bool scep = false;
};

// One run of the doctor: what its checks see, and what they found so far.
class Examination {
 public:
  Examination(Session& session, const DoctorOptions& options, ServerPlaces places)
      : session_(session), options_(options), places_(std::move(places)) {}

  Session& session() { return session_; }
  [[nodiscard]] const DoctorOptions& options() const { return options_; }
  [[nodiscard]] const ServerPlaces& places() const { return places_; }
  [[nodiscard]] Timestamp now() const { return session_.clock().now(); }

  void ok(std::string check, std::string subject, std::string message);
  void warn(std::string check, std::string subject, std::string message, std::string hint);
  void fault(std::string check, std::string subject, std::string message, std::string hint);
  // `why` it could not be looked at, and what would let it.
  void skip(std::string check, std::string subject, std::string why, std::string hint = {});
  // An error of something that was tried; `way_out` is for one that brings no hint of its own.
  void fault(std::string check, std::string subject, const Error& error,
             const std::string& way_out);
  [[nodiscard]] const std::vector<Diagnosis>& found() const { return found_; }

  // Found by one check for those after it.
  std::vector<PushPair> push;
  std::optional<Certificate> scep_authority;
  std::optional<EnrollmentProfileContent> profile;
  std::optional<ServerWord> server;

  // What devices know the server by: what it says itself, else --url and its like; empty: unknown.
  [[nodiscard]] std::string public_url() const;

 private:
  Session& session_;
  const DoctorOptions& options_;
  const ServerPlaces places_;
  std::vector<Diagnosis> found_;
};

// Whether a certificate is in its dates, and for how long: ok, a warning within --warn-days, a
// fault outside. `what`: what it is ("push certificate"); `renew`: the way out.
void judge_dates(Examination& patient, const std::string& check, const std::string& subject,
                 const std::string& what, Timestamp not_before, Timestamp not_after,
                 const std::string& renew);
void judge_dates(Examination& patient, const std::string& check, const std::string& subject,
                 const std::string& what, const Certificate& certificate, const std::string& renew);

// Certificates and keys in any form, without a passphrase: what a server could read. Errors name
// the file.
Result<KeyMaterial> read_material(const std::filesystem::path& file);

// A check looks at one kind of thing, and may use what the ones before it found. A new one is a
// function in a file of its own here and a line in all_checks.
using DoctorCheck = void (*)(Examination&);

// Only reads it: the checks of TLS want to know its roots. check_profile judges it.
void read_profile(Examination& patient);
void check_directories(Examination& patient);
void check_key_files(Examination& patient);
void check_database(Examination& patient);
void check_data_key(Examination& patient);
void check_scep_authority(Examination& patient);
void check_push_certificates(Examination& patient);
void check_tls_files(Examination& patient);
void check_named_certificates(Examination& patient);
void check_server(Examination& patient);
void check_served_tls(Examination& patient);
void check_scep(Examination& patient);
void check_profile(Examination& patient);
void check_apns(Examination& patient);

// Runs all of them.
void examine(Examination& patient);

}  // namespace bramley
