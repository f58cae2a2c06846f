// Who else can read the server's files.

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "cli/doctor/examination.h"

namespace bramley {
namespace {

constexpr mode_t others = 077;

std::string octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
  return text.data();
}

enum class Presence { optional, required };

// Whether there is one.
bool judge_directory(Examination& patient, const std::filesystem::path& directory,
                     const std::string& what, Presence presence) {
  const std::string check = "directories";
  struct stat found{};
  if (::stat(directory.c_str(), &found) != 0) {
    const int cause = errno;
    if (cause != ENOENT) {
      patient.fault(
          check, directory.string(),
          "the " + what + " cannot be looked at: " + std::generic_category().message(cause),
          "run the doctor as the user that runs the server");
    } else if (presence == Presence::required) {
      patient.fault(check, directory.string(), "the " + what + " is not there",
                    "name the one that the server uses, or start the server once");
    }
    return false;
  }
  if (!S_ISDIR(found.st_mode)) {
    patient.fault(check, directory.string(), "the " + what + " is no directory",
                  "name the one that the server uses");
    return false;
  }
  if ((found.st_mode & others) != 0) {
    patient.fault(check, directory.string(),
                  "other users get at the " + what + ": its mode is " + octal(found.st_mode),
                  "chmod 700 " + directory.string());
  } else if (found.st_uid != ::geteuid()) {
    patient.warn(check, directory.string(), "the " + what + " belongs to another user",
                 "the server must run as its owner: run the doctor as that user, too");
  } else {
    patient.ok(check, directory.string(), "the " + what + " is its owner's alone");
  }
  return true;
}

bool is_secret(const std::filesystem::path& file) {
  return file.extension() == ".key" || file.filename() == "api-key" ||
         file.filename().string().find(".key.previous") != std::string::npos;
}

void add_secret_files(const std::filesystem::path& directory,
                      std::vector<std::filesystem::path>& files) {
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (is_secret(entry->path())) {
      files.push_back(entry->path());
    }
  }
}

// What the server's database is made of, when it is a file.
void add_database_files(const std::string& storage, std::vector<std::filesystem::path>& files) {
  constexpr std::string_view scheme = "sqlite:";
  if (!storage.starts_with(scheme)) {
    return;
  }
  for (const auto* suffix : {"", "-wal"}) {
    files.emplace_back(storage.substr(scheme.size()) + suffix);
  }
}

}  // namespace

void check_directories(Examination& patient) {
  const ServerPlaces& places = patient.places();
  const bool data =
      judge_directory(patient, places.data_dir, "data directory",
                      places.data_dir_named ? Presence::required : Presence::optional);
  const bool credentials =
      judge_directory(patient, places.credentials_dir, "credentials directory",
                      places.credentials_dir_named ? Presence::required : Presence::optional);
  judge_directory(patient, places.credentials_dir / "push", "directory of push certificates",
                  Presence::optional);
  judge_directory(patient, places.data_dir / "tls", "directory of the server's own TLS",
                  Presence::optional);
  if (!data && !credentials && !places.data_dir_named && !places.credentials_dir_named) {
    patient.skip("directories", places.data_dir.string(), "no server has its data here",
                 "name its directories with --data-dir and --credentials-dir");
  }
}

void check_key_files(Examination& patient) {
  const ServerPlaces& places = patient.places();
  std::vector<std::filesystem::path> files;
  for (const auto& directory : {places.data_dir, places.data_dir / "tls", places.credentials_dir,
                                places.credentials_dir / "push"}) {
    add_secret_files(directory, files);
  }
  add_database_files(places.storage, files);
  if (!places.tls_key.empty() && places.tls_key.parent_path() != places.data_dir / "tls") {
    files.push_back(places.tls_key);
  }
  std::size_t fine = 0;
  bool all_fine = true;
  for (const auto& file : files) {
    struct stat found{};
    if (::stat(file.c_str(), &found) != 0) {
      continue;  // whoever reads it will say so
    }
    if ((found.st_mode & others) != 0) {
      all_fine = false;
      patient.fault("key_files", file.string(),
                    "other users can read this secret: its mode is " + octal(found.st_mode),
                    "chmod 600 " + file.string());
    } else {
      ++fine;
    }
  }
  if (fine > 0 && all_fine) {
    patient.ok("key_files", places.credentials_dir.string(),
               std::to_string(fine) +
                   (fine == 1 ? " file with a secret is" : " files with secrets are") +
                   " its owner's alone");
  }
}

}  // namespace bramley
