#include "server/credentials/credential_source.h"

#include <mutex>

#include "core/base/encoding.h"
#include "core/base/file.h"
#include "server/credentials/credential_text.h"
#include "server/credentials/push_certificate_set.h"
#include "server/credentials/scep_authority_files.h"

namespace bramley {
namespace {

constexpr const char* data_key_file = "data.key";
constexpr std::size_t data_key_size = 32;

class LoadedCredentials : public CredentialSource {
 public:
  LoadedCredentials(CredentialOptions options, const Clock& clock, Log& log)
      : options_(std::move(options)), clock_(clock), log_(log) {}

  Status load() {
    TRY_ASSIGN(authority_,
               load_scep_authority(options_.directory, options_.environment, clock_.now()));
    TRY_ASSIGN(auto places, find_push_certificates(options_.directory, options_.environment));
    return push_.load(std::move(places));
  }

  std::shared_ptr<LocalCertificateAuthority> scep_authority() const override {
    const std::lock_guard lock(mutex_);
    return authority_;
  }

  std::vector<PushCertificate> push_certificates() const override {
    const std::lock_guard lock(mutex_);
    return push_.in_force();
  }

  std::vector<PushCertificateState> push_certificate_states() const override {
    const std::lock_guard lock(mutex_);
    return push_.states(clock_.now());
  }

  std::optional<PrivateKey> push_key(std::string_view topic) const override {
    const std::lock_guard lock(mutex_);
    return push_.key(topic);
  }

  void reload() override {
    const std::lock_guard reloading(reload_mutex_);
    auto change = reload_authority();
    auto places = find_push_certificates(options_.directory, options_.environment);
    const std::lock_guard lock(mutex_);
    complain(authority_complaint_, std::move(change),
             "another CA than that of the enrolled devices needs --allow-identity-change",
             "the SCEP CA changed, the old one stays in force until the next start");
    complain(places_complaint_, places ? std::string() : places.error().message,
             places ? std::string() : places.error().hint,
             "push certificates not looked at, the old ones stay in force");
    if (!places) {
      return;
    }
    for (const PushCertificateChange& renewed : push_.update(*std::move(places), clock_.now())) {
      report(renewed);
    }
  }

 private:
  // Once, however often it is looked at.
  void complain(std::string& last, std::string cause, const std::string& hint,
                std::string_view text) {
    if (cause != last && !cause.empty()) {
      log_.error(text, {{"cause", cause}, {"hint", hint}});
    }
    last = std::move(cause);
  }

  // Takes up a renewed certificate of the CA that runs. Says what else a start would find in its
  // place now; empty: nothing else.
  std::string reload_authority() {
    const auto found = load_scep_authority(options_.directory, options_.environment, clock_.now());
    const auto running = scep_authority();
    if (!found) {
      return found.error().message;
    }
    if (*found == nullptr || running == nullptr) {
      return *found == running ? "" : *found == nullptr ? "it is gone" : "there is one now";
    }
    const Certificate& certificate = (*found)->certificate();
    if (certificate == running->certificate()) {
      return {};
    }
    if (authority_name_and_key(certificate) != authority_name_and_key(running->certificate())) {
      return "another one is in its place: " + certificate.subject();
    }
    log_.info("renewed certificate of the SCEP CA in force",
              {{"subject", certificate.subject()},
               {"not_after", format_rfc3339(certificate.not_after())}});
    const std::lock_guard lock(mutex_);
    authority_ = *found;
    return {};
  }

  void report(const PushCertificateChange& change) {
    if (change.refused) {
      log_.error("push certificate refused, what was in force stays so",
                 {{"location", change.location},
                  {"cause", change.refused->message},
                  {"hint", change.refused->hint}});
      return;
    }
    log_.info("push certificate in force", {{"topic", change.topic},
                                            {"location", change.location},
                                            {"not_after", format_rfc3339(change.not_after)}});
  }

  const CredentialOptions options_;
  const Clock& clock_;
  Log& log_;
  // One reload at a time: what was read first must not win over what was read later.
  std::mutex reload_mutex_;
  mutable std::mutex mutex_;
  // Only ever renewed while the process runs: another CA is another fleet, and the start-up guard
  // must see it.
  std::shared_ptr<LocalCertificateAuthority> authority_;
  PushCertificateSet push_;
  std::string places_complaint_;
  std::string authority_complaint_;
};

Result<SecretBytes> decode_data_key(const SecretBytes& text, const std::string& name) {
  auto key = decode_base64_lenient(text.reveal_text());
  if (!key || key->size() != data_key_size) {
    return Error{ErrorCode::malformed, "read the data key: " + name + ": not 32 bytes in base64",
                 "make one with: openssl rand -base64 32"};
  }
  return SecretBytes(*std::move(key));
}

}  // namespace

Result<std::unique_ptr<CredentialSource>> load_credentials(CredentialOptions options,
                                                           const Clock& clock, Log& log) {
  auto credentials = std::make_unique<LoadedCredentials>(std::move(options), clock, log);
  TRY(credentials->load());
  return std::unique_ptr<CredentialSource>(std::move(credentials));
}

Result<SecretBytes> load_data_key(const CredentialOptions& options, CreateMissing create,
                                  Random& random) {
  TRY_ASSIGN(const auto text, credential_from_environment(options.environment, "BRAMLEY_DATA_KEY"));
  if (text) {
    return decode_data_key(*text, "BRAMLEY_DATA_KEY");
  }
  const Error none{ErrorCode::not_found, "read the data key: there is none",
                   "set BRAMLEY_DATA_KEY, or give --credentials-dir a file data.key with the key "
                   "that sealed this database"};
  if (options.directory.empty()) {
    return none;
  }
  const auto file = options.directory / data_key_file;
  auto content = read_secret_file(file);
  if (content) {
    return decode_data_key(*content, file.string());
  }
  if (content.error().code != ErrorCode::not_found) {
    return std::move(content).error().while_doing("read the data key");
  }
  if (create == CreateMissing::no) {
    return none;
  }
  SecretBytes key(random_bytes(random, data_key_size));
  const SecretBytes line(encode_base64(key.reveal()) + "\n");
  TRY(write_file(file, line.reveal(), FileMode::secret, Overwrite::refuse));
  return key;
}

}  // namespace bramley
