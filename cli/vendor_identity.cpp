#include "cli/vendor_identity.h"

#include <algorithm>
#include <string_view>

#include "cli/authority_files.h"
#include "cli/key_files.h"

namespace bramley {
namespace {

std::filesystem::path chain_cache(const Session& session, const VendorFlags& flags) {
  if (!flags.chain_directory.empty()) {
    return flags.chain_directory;
  }
  const char* cache = session.environment()("XDG_CACHE_HOME");
  const char* home = session.environment()("HOME");
  if (cache != nullptr && *cache == '/') {
    return std::filesystem::path(cache) / "bramley" / "apple-ca";
  }
  return home != nullptr && *home == '/'
             ? std::filesystem::path(home) / ".cache" / "bramley" / "apple-ca"
             : std::filesystem::path();
}

struct Pair {
  Certificate certificate;
  PrivateKey key;
  std::vector<Certificate> others;
};

Result<Pair> read_pair(const VendorFlags& flags, const SecretBytes* passphrase) {
  TRY_ASSIGN(KeyMaterial material, read_material_file(flags.certificate, passphrase));
  if (material.certificates.empty()) {
    return Error{ErrorCode::malformed, flags.certificate.string() + ": no certificate in it",
                 "--cert names the mdm.cer of developer.apple.com (Certificates, MDM CSR)"};
  }
  if (!flags.key.empty()) {
    TRY_ASSIGN(PrivateKey key, read_key_file(flags.key, passphrase));
    material.keys.assign(1, std::move(key));
  }
  if (material.keys.empty()) {
    return Error{ErrorCode::malformed, flags.certificate.string() + ": no private key in it",
                 "--key names the file that has it"};
  }
  const PrivateKey& key = material.keys.front();
  const auto own = std::ranges::find_if(material.certificates,
                                        [&](const Certificate& each) { return key.matches(each); });
  if (own != material.certificates.end()) {
    std::rotate(material.certificates.begin(), own, own + 1);
  }
  if (auto fits = check_vendor_pair(material.certificates.front(), key); !fits) {
    return std::move(fits).error().while_doing(flags.certificate.string());
  }
  return Pair{material.certificates.front(), key, std::move(material.certificates)};
}

Result<AppleChain> read_chain(Session& session, const VendorFlags& flags, Pair& pair,
                              KeepChain keep) {
  std::vector<Certificate>& candidates = pair.others;
  std::vector<std::filesystem::path> files = flags.intermediates;
  if (!flags.root.empty()) {
    files.push_back(flags.root);
  }
  for (const auto& file : files) {
    TRY_ASSIGN(const KeyMaterial material, read_material_file(file));
    candidates.insert(candidates.end(), material.certificates.begin(), material.certificates.end());
  }
  const std::filesystem::path cache = chain_cache(session, flags);
  if (!cache.empty()) {
    auto kept = read_chain_cache(cache);
    if (!kept) {
      return std::move(kept).error().with_hint("only certificates belong into that folder");
    }
    candidates.insert(candidates.end(), kept->begin(), kept->end());
  }
  const RootPin pin = flags.any_root ? RootPin::any : RootPin::apple;
  const Timestamp now = session.clock().now();
  auto chain = find_apple_chain(pair.certificate, candidates, pin, now);
  if (chain || !flags.fetch_chain || chain.error().code != ErrorCode::not_found) {
    return chain;
  }
  session.progress("fetching the certificate chain from www.apple.com");
  HttpClientOptions options;
  options.response_limit = Certificate::largest_der * 2;
  const auto http = session.surroundings().make_http(std::move(options));
  TRY_ASSIGN(candidates, fetch_apple_chain(*http, pair.certificate));
  session.progress({});
  TRY_ASSIGN(AppleChain fetched, find_apple_chain(pair.certificate, candidates, pin, now));
  if (keep == KeepChain::yes && !cache.empty()) {
    TRY(write_chain_cache(cache, fetched));
  }
  return fetched;
}

}  // namespace

void add_vendor_flags(CommandNode& node, VendorFlags& flags, std::string passphrase_variable) {
  node.flag({.name = "cert",
             .value = "FILE",
             .help = "The vendor's signing certificate (mdm.cer): PEM, DER or PKCS#12",
             .need = FlagSpec::Need::required},
            flags.certificate);
  node.flag(
      {.name = "key", .value = "FILE", .help = "Its key in any form, when --cert does not hold it"},
      flags.key);
  node.flag({.name = "passphrase",
             .value = "REF",
             .help = "Of the key or the PKCS#12 file, when it is encrypted",
             .variable = std::move(passphrase_variable)},
            flags.passphrase);
  node.flag({.name = "intermediate",
             .value = "FILE",
             .help = "Apple's intermediate above the certificate (WWDR)"},
            flags.intermediates);
  node.flag({.name = "root", .value = "FILE", .help = "Apple's root"}, flags.root);
  node.flag({.name = "chain-dir",
             .value = "DIR",
             .help = "Where the two are looked for, and kept when they were fetched",
             .default_text = "$XDG_CACHE_HOME/bramley/apple-ca or ~/.cache/bramley/apple-ca"},
            flags.chain_directory);
  node.flag(
      {.name = "fetch-chain", .help = "Fetch the two from Apple's site when they are nowhere else"},
      flags.fetch_chain);
  node.flag({.name = "any-root", .help = "Take a root that is not Apple's, for tests"},
            flags.any_root);
}

Result<VendorIdentity> read_vendor_identity(Session& session, const VendorFlags& flags,
                                            KeepChain keep) {
  TRY_ASSIGN(const auto passphrase, optional_passphrase(session, flags.passphrase));
  TRY_ASSIGN(Pair pair, read_pair(flags, passphrase ? &*passphrase : nullptr));
  TRY_ASSIGN(AppleChain chain, read_chain(session, flags, pair, keep));
  return VendorIdentity{std::move(pair.certificate), std::move(pair.key), std::move(chain)};
}

}  // namespace bramley
