#include "server/credentials/push_certificate_files.h"

#include <algorithm>

#include "core/base/file.h"

namespace bramley {
namespace {

constexpr std::string_view topic_prefix = "com.apple.mgmt.";

Result<PushCertificate> with_topic(Certificate certificate, const std::string& name) {
  const auto topic = certificate.user_id();
  if (!topic || !topic->starts_with(topic_prefix)) {
    return Error{ErrorCode::conflict,
                 "read push certificate " + name + ": its subject has no topic (UID " +
                     std::string(topic_prefix) + "…)",
                 "take the certificate that Apple's push portal gave you, not the vendor's or an "
                 "app's"};
  }
  return PushCertificate{*topic, std::move(certificate)};
}

Status check_key(const Certificate& certificate, ByteView key_text, const std::string& key_name) {
  auto key = PrivateKey::from_file_content(key_text);
  if (!key) {
    return std::move(key).error().while_doing("read push certificate key " + key_name);
  }
  if (!key->matches(certificate)) {
    return Error{
        ErrorCode::conflict,
        "read push certificate key " + key_name + ": it does not belong to the certificate",
        "the key is the one made with the request that Apple signed"};
  }
  return {};
}

Result<std::vector<PushCertificate>> from_environment_text(const SecretBytes& text,
                                                           const EnvironmentLookup& environment) {
  auto certificates = Certificate::all_from_pem(text.reveal_text());
  if (!certificates) {
    return std::move(certificates).error().while_doing("read BRAMLEY_PUSH_CERT");
  }
  std::vector<PushCertificate> found;
  TRY_ASSIGN(auto first, with_topic(certificates->front(), "BRAMLEY_PUSH_CERT"));
  TRY_ASSIGN(const auto key, credential_from_environment(environment, "BRAMLEY_PUSH_KEY"));
  if (key) {
    TRY(check_key(first.certificate, key->reveal(), "BRAMLEY_PUSH_KEY"));
  }
  found.push_back(std::move(first));
  return found;
}

Result<PushCertificate> from_file(const std::filesystem::path& file) {
  TRY_ASSIGN(const auto content, read_file(file));
  auto certificate = Certificate::from_file_content(content);
  if (!certificate) {
    return std::move(certificate).error().while_doing("read push certificate " + file.string());
  }
  auto key_file = file;
  key_file.replace_extension(".key");
  auto key = read_secret_file(key_file);
  if (key) {
    TRY(check_key(*certificate, key->reveal(), key_file.string()));
  } else if (key.error().code != ErrorCode::not_found) {
    return std::move(key).error();
  }
  return with_topic(*std::move(certificate), file.string());
}

}  // namespace

Result<std::vector<PushCertificate>> load_push_certificates(const std::filesystem::path& directory,
                                                            const EnvironmentLookup& environment) {
  TRY_ASSIGN(const auto text, credential_from_environment(environment, "BRAMLEY_PUSH_CERT"));
  if (text) {
    return from_environment_text(*text, environment);
  }
  std::vector<PushCertificate> found;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(directory / "push", failure), end;
       !failure && entry != end; entry.increment(failure)) {
    if (entry->path().extension() == ".pem") {
      TRY_ASSIGN(auto certificate, from_file(entry->path()));
      found.push_back(std::move(certificate));
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.topic < b.topic; });
  const auto twin = std::adjacent_find(
      found.begin(), found.end(), [](const auto& a, const auto& b) { return a.topic == b.topic; });
  if (twin != found.end()) {
    return Error{ErrorCode::conflict,
                 "read push certificates: two files have the topic " + twin->topic,
                 "keep the newer one in the directory 'push' and move the other away"};
  }
  return found;
}

}  // namespace bramley
