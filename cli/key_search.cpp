#include "cli/key_search.h"

#include <algorithm>

#include "core/base/file.h"

namespace bramley {
namespace {

constexpr std::size_t largest_key_file = 64U << 10U;
constexpr std::size_t most_files = 5000;

struct Candidate {
  std::filesystem::path file;
  SecretBytes content;
};

// What a look into the folders found besides the key itself.
struct Findings {
  std::optional<PrivateKey> key;
  std::vector<Candidate> encrypted;
  std::optional<std::filesystem::path> request;  // the one that the certificate was made from
};

Result<std::vector<std::filesystem::path>> list_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(folder, failure), end;
       !failure && entry != end && files.size() < most_files; entry.increment(failure)) {
    std::error_code unknown;
    if (entry->is_regular_file(unknown) && entry->file_size(unknown) <= largest_key_file) {
      files.push_back(entry->path());
    }
  }
  if (failure) {
    return Error{ErrorCode::unavailable,
                 "look for the key in " + folder.string() + ": " + failure.message()};
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<PrivateKey> key_among(const KeyMaterial& material, const Certificate& certificate) {
  for (const PrivateKey& key : material.keys) {
    if (key.matches(certificate)) {
      return key;
    }
  }
  return std::nullopt;
}

bool asks_for(const KeyMaterial& material, const Certificate& certificate) {
  return std::any_of(material.requests.begin(), material.requests.end(),
                     [&certificate](const CertificateRequest& request) {
                       return request.public_key_der() == certificate.public_key_der();
                     });
}

void look_into(const std::filesystem::path& file, const Certificate& certificate,
               Findings& findings) {
  auto content = read_secret_file(file, largest_key_file);
  if (!content) {
    return;
  }
  const auto material = read_key_material(content->reveal());
  if (material) {
    findings.key = key_among(*material, certificate);
    if (asks_for(*material, certificate)) {
      findings.request = file;
    }
  } else if (material.error().code == ErrorCode::unauthenticated) {
    findings.encrypted.push_back({file, *std::move(content)});
  }
}

Error not_found(const std::vector<std::filesystem::path>& folders, const Findings& findings) {
  std::string places;
  for (const auto& folder : folders) {
    places += (places.empty() ? "" : " or ") + folder.string();
  }
  std::string message = "no file in " + places + " holds the certificate's private key";
  if (findings.request) {
    message += ", though its request is there (" + findings.request->string() + ")";
  }
  return {ErrorCode::malformed, std::move(message),
          "it is the key made with the request that Apple signed: name it with --key FILE, or its "
          "folder with --key-dir DIR. If it is lost, renew the certificate with a new request"};
}

// The key that was made with a request usually has its name.
void put_first(std::vector<Candidate>& candidates, const std::filesystem::path& request) {
  const auto same_name =
      std::find_if(candidates.begin(), candidates.end(), [&request](const Candidate& each) {
        return each.file.stem() == request.stem() &&
               each.file.parent_path() == request.parent_path();
      });
  if (same_name != candidates.end()) {
    std::rotate(candidates.begin(), same_name, std::next(same_name));
  }
}

// Nothing: the passphrase opens some of them, and none is the key.
Result<std::optional<PrivateKey>> try_encrypted(const Certificate& certificate, Findings& findings,
                                                LatePassphrase& passphrase) {
  if (findings.request) {
    put_first(findings.encrypted, *findings.request);
  }
  const std::string first = findings.encrypted.front().file.string();
  TRY_ASSIGN(const SecretBytes* secret, passphrase.get(first));
  bool opened = false;
  for (const Candidate& candidate : findings.encrypted) {
    const auto material = read_key_material(candidate.content.reveal(), secret);
    opened = opened || material;
    if (auto key = material ? key_among(*material, certificate) : std::nullopt) {
      return key;
    }
  }
  if (opened) {
    return std::optional<PrivateKey>();
  }
  return Error{ErrorCode::unauthenticated,
               first +
                   (findings.encrypted.size() == 1
                        ? std::string()
                        : " and " + std::to_string(findings.encrypted.size() - 1) + " more") +
                   ": the passphrase is wrong",
               "name the key with --key FILE, and give its own passphrase"};
}

}  // namespace

Result<PrivateKey> find_key_of(const Certificate& certificate,
                               const std::vector<std::filesystem::path>& folders,
                               LatePassphrase& passphrase) {
  Findings findings;
  for (const auto& folder : folders) {
    TRY_ASSIGN(const auto files, list_files(folder));
    for (const auto& file : files) {
      look_into(file, certificate, findings);
      if (findings.key) {
        return *std::move(findings.key);
      }
    }
  }
  if (findings.encrypted.empty()) {
    return not_found(folders, findings);
  }
  TRY_ASSIGN(auto key, try_encrypted(certificate, findings, passphrase));
  return key ? Result(*std::move(key)) : not_found(folders, findings);
}

}  // namespace bramley
