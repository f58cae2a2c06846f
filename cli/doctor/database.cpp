// The database's file, looked at from outside; a running server says more (check_server).

#include "cli/doctor/examination.h"
#include "server/credentials/credential_source.h"
#include "server/store/sqlite_file.h"

namespace bramley {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

std::filesystem::path database_file(const ServerPlaces& places) {
  return places.storage.starts_with(sqlite_scheme)
             ? std::filesystem::path(places.storage.substr(sqlite_scheme.size()))
             : std::filesystem::path();
}

bool has_database(const ServerPlaces& places) {
  std::error_code ignored;
  const auto file = database_file(places);
  return !file.empty() && std::filesystem::exists(file, ignored);
}

void judge_schema(Examination& patient, const std::filesystem::path& file) {
  const auto schema = sqlite_schema_state(file);
  if (!schema) {
    patient.fault("database", file.string(), schema.error(), "restore it from a backup");
  } else if (schema->version > schema->newest) {
    patient.fault("database", file.string(),
                  "its schema is version " + std::to_string(schema->version) +
                      ", newer than this program's " + std::to_string(schema->newest),
                  "run the newer bramley that wrote it");
  } else if (schema->version < schema->newest) {
    patient.warn("database", file.string(),
                 "its schema is version " + std::to_string(schema->version) + " of " +
                     std::to_string(schema->newest),
                 "the next start of 'bramley serve' brings it up to date: back it up before");
  } else {
    patient.ok("database", file.string(),
               "it can be read, with schema version " + std::to_string(schema->version));
  }
}

}  // namespace

void check_database(Examination& patient) {
  const auto file = database_file(patient.places());
  if (file.empty()) {
    patient.skip("database", patient.places().storage, "not a file that could be looked at",
                 "ask the running server: without --offline");
    return;
  }
  std::error_code ignored;
  if (!std::filesystem::is_directory(std::filesystem::absolute(file).parent_path(), ignored)) {
    patient.skip("database", file.string(), "there is none here", "name it with --storage");
    return;
  }
  const auto kind = inspect_sqlite_file(file);
  if (!kind) {
    patient.fault("database", file.string(), kind.error(), "name another with --storage");
  } else if (*kind == SqliteFileKind::absent) {
    patient.skip("database", file.string(), "there is none yet",
                 "'bramley serve' makes it at its first start");
  } else {
    judge_schema(patient, file);
  }
}

void check_data_key(Examination& patient) {
  const ServerPlaces& places = patient.places();
  const auto key = load_data_key({places.credentials_dir, patient.session().environment()},
                                 CreateMissing::no, patient.session().random());
  const std::string place = (places.credentials_dir / "data.key").string();
  if (key) {
    patient.ok("data_key", place, "the key that seals device secrets is there");
  } else if (key.error().code != ErrorCode::not_found || has_database(places)) {
    patient.fault("data_key", place, key.error(),
                  "restore it from your backup: nothing else opens what it sealed");
  } else {
    patient.skip("data_key", place, "there is none yet",
                 "'bramley serve' makes it at its first start");
  }
}

}  // namespace bramley
