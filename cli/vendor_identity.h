#pragma once

#include <filesystem>
#include <vector>

#include "cli/command_tree.h"
#include "cli/session.h"
#include "vendor-tool/push_request_signer.h"

namespace bramley {

// Where an MDM vendor's certificate, its key and the two certificates above it are.
struct VendorFlags {
  std::filesystem::path certificate;  // may hold the key and the chain, too
  std::filesystem::path key;
  SecretReference passphrase;
  std::vector<std::filesystem::path> intermediates;
  std::filesystem::path root;
  std::filesystem::path chain_directory;  // empty: the user's cache
  bool fetch_chain = false;
  bool any_root = false;
};
void add_vendor_flags(CommandNode& node, VendorFlags& flags, std::string passphrase_variable);

// Reads and checks them all. `keep`: whether a chain that was fetched goes into the cache.
enum class KeepChain { no, yes };
Result<VendorIdentity> read_vendor_identity(Session& session, const VendorFlags& flags,
                                            KeepChain keep);

}  // namespace bramley
