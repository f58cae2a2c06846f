#include "server/credentials/push_certificate_files.h"

#include <algorithm>

#include "core/base/file.h"

namespace bramley {
namespace {

constexpr const char* key_variable = "BRAMLEY_PUSH_KEY";
constexpr std::size_t account_limit = 1U << 10U;

Error foreign_key(const std::string& name) {
  return {ErrorCode::conflict,
          "read push certificate key " + name + ": it does not belong to the certificate",
          "the key is the one made with the request that Apple signed"};
}

Result<std::vector<PushIdentity>> from_environment(const SecretBytes& text,
                                                   const EnvironmentLookup& environment) {
  auto material = read_key_material(text.reveal());
  if (!material) {
    return std::move(material).error().while_doing("read BRAMLEY_PUSH_CERT");
  }
  TRY_ASSIGN(const auto key_text, credential_from_environment(environment, key_variable));
  if (key_text) {
    auto keys = read_key_material(key_text->reveal());
    if (!keys) {
      return std::move(keys).error().while_doing("read BRAMLEY_PUSH_KEY");
    }
    material->keys.insert(material->keys.end(), keys->keys.begin(), keys->keys.end());
  }
  auto found = push_identities(*material);
  if (!found) {
    return std::move(found).error().while_doing("read BRAMLEY_PUSH_CERT");
  }
  for (const PushIdentity& identity : *found) {
    if (!identity.key && !material->keys.empty()) {
      return foreign_key(key_variable);
    }
  }
  return found;
}

// Adds the keys of a file; nothing when it is not there.
Status add_keys(const std::filesystem::path& file, std::vector<PrivateKey>& keys) {
  auto text = read_secret_file(file);
  if (!text) {
    return text.error().code == ErrorCode::not_found ? Status() : Status(std::move(text).error());
  }
  auto material = read_key_material(text->reveal());
  if (!material) {
    return std::move(material).error().while_doing("read push certificate key " + file.string());
  }
  keys.insert(keys.end(), material->keys.begin(), material->keys.end());
  return {};
}

std::string read_account(const std::filesystem::path& file) {
  const auto text = read_file(file, account_limit);
  const std::string_view line = text ? as_text(*text) : std::string_view();
  return std::string(line.substr(0, line.find_first_of("\r\n")));
}

PushCertificatePlace place_of(const std::filesystem::path& file) {
  const PushFiles files = PushFiles::of(file);
  PushCertificatePlace place{CredentialOrigin::directory,
                             push_folder + ("/" + file.filename().string()), file,
                             read_account(files.account), std::vector<PushIdentity>()};
  auto pair = read_push_files(files);
  if (pair) {
    place.content = std::vector{*std::move(pair)};
  } else {
    place.content = std::move(pair).error();
  }
  return place;
}

Result<std::vector<std::filesystem::path>> list_certificates(
    const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code failure;
  const auto folder = directory / push_folder;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() == ".pem") {
      files.push_back(entry->path());
    }
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return Error{ErrorCode::unavailable,
                 "list push certificates: " + folder.string() + ": " + failure.message(),
                 "the directory must be readable for the user that the server runs as"};
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

PushFiles PushFiles::of(const std::filesystem::path& certificate) {
  PushFiles files{certificate, certificate, certificate, certificate, {}};
  files.key.replace_extension(".key");
  files.account.replace_extension(".account");
  files.previous_certificate += ".previous";
  files.previous_key = files.key;
  files.previous_key += ".previous";
  return files;
}

Result<PushIdentity> read_push_files(const PushFiles& files) {
  const std::string name = files.certificate.string();
  TRY_ASSIGN(const auto content, read_secret_file(files.certificate));
  auto material = read_key_material(content.reveal());
  if (!material) {
    return std::move(material).error().while_doing("read push certificate " + name);
  }
  auto found = push_identities(*material);
  if (!found) {
    return std::move(found).error().while_doing("read push certificate " + name);
  }
  if (found->size() != 1) {
    return Error{ErrorCode::conflict, "read push certificate " + name + ": it holds several",
                 "give each a file of its own"};
  }
  PushIdentity identity = std::move(found->front());
  std::vector<PrivateKey> keys = std::move(material->keys);
  const Status readable = add_keys(files.key, keys);
  identity.key = key_of(identity.certificate, keys);
  if (!identity.key) {
    std::vector<PrivateKey> replaced;
    // What cannot be read there is not in force.
    static_cast<void>(add_keys(files.previous_key, replaced));
    identity.key = key_of(identity.certificate, replaced);
  }
  if (!identity.key) {
    TRY(readable);
    if (!keys.empty()) {
      return foreign_key(files.key.string());
    }
  }
  return identity;
}

Result<std::vector<PushCertificatePlace>> find_push_certificates(
    const std::filesystem::path& directory, const EnvironmentLookup& environment) {
  std::vector<PushCertificatePlace> places;
  auto text = credential_from_environment(environment, push_certificate_variable);
  if (!text || *text) {
    places.push_back({CredentialOrigin::environment,
                      push_certificate_variable,
                      {},
                      {},
                      text ? from_environment(**text, environment)
                           : Result<std::vector<PushIdentity>>(std::move(text).error())});
  }
  if (!directory.empty()) {
    TRY_ASSIGN(const auto files, list_certificates(directory));
    for (const auto& file : files) {
      places.push_back(place_of(file));
    }
  }
  return places;
}

}  // namespace bramley
