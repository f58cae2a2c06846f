#include "server/storage.h"

#include "core/base/file.h"

namespace bramley {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

// Whether it is ours to open, with a key that cannot be the right one: then unauthenticated says
// that only the key is wrong.
Status check_database(const std::filesystem::path& file, const ServerSeams& seams, Log& log) {
  TRY_ASSIGN(auto sealer, make_sealer(SecretBytes(random_bytes(*seams.random, 32)), seams.random));
  SqliteOptions options;
  options.file = file;
  auto opened = open_sqlite_store(options, std::move(sealer), log);
  return opened ? Status() : Status(std::move(opened).error());
}

}  // namespace

Result<OpenedStorage> open_storage(const ServerConfig& config, const CredentialOptions& credentials,
                                   const ServerSeams& seams, Metrics& metrics, Log& log) {
  if (!config.storage.starts_with(sqlite_scheme)) {
    return Error{ErrorCode::unsupported,
                 "open the storage: '" + config.storage + "': no such engine",
                 "this version has sqlite:FILE"};
  }
  const std::filesystem::path file = config.storage.substr(sqlite_scheme.size());
  TRY(make_private_directory(config.data_dir));
  if (!config.credentials_dir.empty()) {
    TRY(make_private_directory(config.credentials_dir));
  }
  std::error_code ignored;
  const bool exists = std::filesystem::exists(file, ignored);
  // A new key for an old database could open nothing in it.
  auto key =
      load_data_key(credentials, exists ? CreateMissing::no : CreateMissing::yes, *seams.random);
  if (!key) {
    // A file that is no database of ours is the more telling fault.
    if (Status checked = exists ? check_database(file, seams, log) : Status();
        !checked && checked.error().code != ErrorCode::unauthenticated) {
      return std::move(checked).error();
    }
    return std::move(key).error();
  }
  TRY_ASSIGN(auto sealer, make_sealer(*std::move(key), seams.random));
  SqliteOptions options;
  options.file = file;
  options.metrics = &metrics;
  TRY_ASSIGN(auto store, open_sqlite_store(options, std::move(sealer), log));
  return OpenedStorage{std::move(store), exists ? std::string() : "database in " + file.string()};
}

}  // namespace bramley
