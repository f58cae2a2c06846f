#pragma once

#include "server/application.h"
#include "server/credentials/credential_source.h"
#include "server/store/store.h"

namespace bramley {

struct OpenedStorage {
  std::unique_ptr<Store> store;
  std::string made;  // what was made for it, in words; empty: it was there
};

// Opens what --storage names, and makes it (and the key that seals device secrets) where there is
// nothing; an old database never gets a new key. unsupported: an engine that this version has not.
// Otherwise as open_sqlite_store and load_data_key, the more telling fault first.
Result<OpenedStorage> open_storage(const ServerConfig& config, const CredentialOptions& credentials,
                                   const ServerSeams& seams, Metrics& metrics, Log& log);

}  // namespace bramley
