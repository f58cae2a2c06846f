#include "vendor-tool/apple_chain.h"

#include <algorithm>
#include <system_error>

#include "core/base/file.h"

namespace bramley {
namespace {

constexpr std::string_view root_url = "https://www.apple.com/appleca/AppleIncRootCertificate.cer";
constexpr std::string_view intermediate_url =
    "https://www.apple.com/certificateauthority/AppleWWDRCA";
constexpr std::size_t most_cached_files = 100;
constexpr std::string_view way_to_chain =
    "give it with --intermediate and --root, or let --fetch-chain fetch it from Apple's site";

Fingerprint pinned(std::string_view hex) {
  return Fingerprint::from_hex(hex).value();
}

// Of several with one name and key, which Apple has issued before, the pinned one.
const Certificate* issuer_among(const Certificate& certificate,
                                const std::vector<Certificate>& candidates,
                                const Fingerprint& preferred) {
  const Certificate* found = nullptr;
  for (const Certificate& candidate : candidates) {
    if ((found == nullptr || candidate.fingerprint() == preferred) &&
        certificate.is_issued_by(candidate)) {
      found = &candidate;
    }
  }
  return found;
}

Error missing(const Certificate& below) {
  return {ErrorCode::not_found, "the certificate chain lacks '" + below.issuer() + "'",
          std::string(way_to_chain)};
}

Status check_authority(const Certificate& authority, Timestamp now) {
  if (!authority.is_ca()) {
    return Error{ErrorCode::unauthenticated,
                 "'" + authority.subject() + "' is no certificate authority"};
  }
  if (!authority.is_valid_at(now)) {
    return Error{ErrorCode::unauthenticated,
                 "'" + authority.subject() + "' is valid from " +
                     format_rfc3339(authority.not_before()) + " to " +
                     format_rfc3339(authority.not_after()) + " only",
                 std::string(way_to_chain)};
  }
  return {};
}

Result<Certificate> fetch(HttpClient& http, const std::string& url) {
  HttpRequest request;
  request.method = "GET";
  request.target = url;
  auto response = http.send(request);
  if (!response) {
    return std::move(response).error().while_doing("fetch " + url);
  }
  if (response->status != 200) {
    return Error{ErrorCode::unavailable,
                 "fetch " + url + ": HTTP " + std::to_string(response->status)};
  }
  auto certificate = Certificate::from_file_content(response->body);
  if (!certificate) {
    return Error{ErrorCode::unavailable, "fetch " + url + ": " + certificate.error().message};
  }
  return certificate;
}

// "G3" out of "CN=Apple Worldwide Developer Relations …,OU=G3,O=Apple Inc.,C=US".
std::string generation_of(const Certificate& vendor) {
  constexpr std::string_view unit = "OU=G";
  const std::string issuer = vendor.issuer();
  const std::size_t at = issuer.find(unit);
  if (at == std::string::npos) {
    return "G3";
  }
  const std::size_t begin = at + unit.size();
  const std::size_t end = std::min(issuer.find_first_not_of("0123456789", begin), issuer.size());
  constexpr std::size_t most_digits = 3;
  return end == begin || end - begin > most_digits ? "G3" : "G" + issuer.substr(begin, end - begin);
}

}  // namespace

const Fingerprint apple_root_sha256 =
    pinned("b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024");
const Fingerprint apple_wwdr_g3_sha256 =
    pinned("dcf21878c77f4198e4b4614f03d696d89c66c66008d4244e1b99161aac91601f");

Result<AppleChain> find_apple_chain(const Certificate& vendor,
                                    const std::vector<Certificate>& candidates, RootPin pin,
                                    Timestamp now) {
  const Certificate* intermediate = issuer_among(vendor, candidates, apple_wwdr_g3_sha256);
  if (intermediate == nullptr) {
    return missing(vendor);
  }
  const Certificate* root = issuer_among(*intermediate, candidates, apple_root_sha256);
  if (root == nullptr) {
    return missing(*intermediate);
  }
  // A vendor's certificate straight below the root, or one more link in between: not Apple's way.
  if (!root->is_issued_by(*root) || *root == *intermediate) {
    return Error{ErrorCode::unauthenticated,
                 "the chain is not vendor, intermediate, root: '" + root->subject() + "'"};
  }
  // Apple's site serves its intermediates over and over; a pinned root vouches for all of them.
  if (pin == RootPin::apple && root->fingerprint() != apple_root_sha256) {
    return Error{ErrorCode::unauthenticated,
                 "the chain ends in '" + root->subject() +
                     "', which is not Apple's root (its SHA-256 is " + root->fingerprint().hex() +
                     ")",
                 "the portal takes nothing else; --any-root takes it here, for tests"};
  }
  TRY(check_authority(*intermediate, now));
  TRY(check_authority(*root, now));
  return AppleChain{*intermediate, *root};
}

Result<std::vector<Certificate>> read_chain_cache(const std::filesystem::path& folder) {
  std::vector<Certificate> certificates;
  std::error_code failure;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator entry(folder, failure), end;
       !failure && entry != end && count < most_cached_files; entry.increment(failure), ++count) {
    const auto extension = entry->path().extension();
    if (extension != ".cer" && extension != ".pem") {
      continue;
    }
    TRY_ASSIGN(const Bytes content, read_file(entry->path(), Certificate::largest_der * 2));
    auto certificate = Certificate::from_file_content(content);
    if (!certificate) {
      return std::move(certificate).error().while_doing(entry->path().string());
    }
    certificates.push_back(*std::move(certificate));
  }
  return certificates;
}

Status write_chain_cache(const std::filesystem::path& folder, const AppleChain& chain) {
  TRY(make_private_directory(folder));
  for (const Certificate& certificate : {chain.intermediate, chain.root}) {
    TRY(write_file(folder / (certificate.fingerprint().hex() + ".cer"), certificate.der(),
                   FileMode::shared, Overwrite::replace));
  }
  return {};
}

Result<std::vector<Certificate>> fetch_apple_chain(HttpClient& http, const Certificate& vendor) {
  TRY_ASSIGN(Certificate intermediate,
             fetch(http, std::string(intermediate_url) + generation_of(vendor) + ".cer"));
  TRY_ASSIGN(Certificate root, fetch(http, std::string(root_url)));
  return std::vector<Certificate>{std::move(intermediate), std::move(root)};
}

}  // namespace bramley
