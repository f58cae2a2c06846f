#include "vendor-tool/signing_queue.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/base/file.h"
#include "core/crypto/digest.h"
#include "vendor-tool/signing_case_file.h"

namespace bramley {
namespace {

constexpr std::size_t largest_case = 1U << 20U;
constexpr std::size_t digest_digits = 16;
constexpr int most_outbox_numbers = 1000;
constexpr std::string_view extension = ".json";

Error system_error(const std::filesystem::path& path) {
  return {ErrorCode::unavailable, path.string() + ": " + std::generic_category().message(errno)};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

// Held while something changes; between processes, too. Each holder opens the file anew, so threads
// of one process wait for each other as well.
class QueueLock {
 public:
  explicit QueueLock(const std::filesystem::path& directory)
      : path_(directory / "lock"),
        file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  Status take() {
    int result = -1;
    do {
      result = file_.get() < 0 ? -1 : ::flock(file_.get(), LOCK_EX);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? Status() : Status(system_error(path_));
  }

 private:
  std::filesystem::path path_;
  Descriptor file_;  // closing it gives the lock back
};

// 20270601T101500 or 20270601_101500.
std::string compact_time(Timestamp time, char between) {
  std::string text = format_rfc3339(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  std::ranges::replace(text, 'T', between);
  return text;
}

// What two requests have in common when they are the same one.
std::string digest_of(const SigningCase& subject) {
  const std::string all =
      subject.customer + "\n" + subject.email + "\n" + subject.csr + "\n" + subject.encrypt;
  return sha256(as_bytes(all)).hex().substr(0, digest_digits);
}

// As `add` makes them: nothing in it can lead to another folder.
bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == 'T' || c == '-';
  });
}

std::filesystem::path file_of(const std::filesystem::path& folder, std::string_view id) {
  return folder / (std::string(id) + std::string(extension));
}

Result<SigningCase> read_case_file(const std::filesystem::path& path) {
  TRY_ASSIGN(const Bytes content, read_file(path, largest_case));
  auto subject = read_case(content);
  if (!subject) {
    return std::move(subject).error().while_doing(path.string());
  }
  return subject;
}

// Sorted by name, which is by time.
Result<std::vector<std::filesystem::path>> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(extension) && !name.starts_with(".")) {
      files.push_back(entry->path());
    }
  }
  if (failure) {
    return Error{ErrorCode::unavailable, folder.string() + ": " + failure.message()};
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<SigningQueue> SigningQueue::open(std::filesystem::path directory) {
  for (const char* folder : {"open", "settled", "outbox"}) {
    TRY(make_private_directory(directory / folder));
  }
  return SigningQueue(std::move(directory));
}

Result<SigningQueue> SigningQueue::open_existing(std::filesystem::path directory) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory / "open", ignored)) {
    return Error{ErrorCode::unavailable, directory.string() + ": no queue of a signing service",
                 "it is the folder that 'bramley vendor serve --dir' names"};
  }
  return SigningQueue(std::move(directory));
}

Result<SigningQueue::Added> SigningQueue::add(SigningCase wanted, std::string_view remote) {
  QueueLock lock(directory_);
  TRY(lock.take());
  const std::string digest = digest_of(wanted);
  TRY_ASSIGN(const auto files, files_in(open_folder()));
  for (const auto& file : files) {
    if (file.stem().string().ends_with("-" + digest)) {
      return Added::before;
    }
  }
  if (files.size() >= most_open) {
    return Error{ErrorCode::unavailable, "1000 requests are open: no more are taken"};
  }
  wanted.id = compact_time(wanted.received_at, 'T') + "-" + digest;
  TRY(audit(wanted, wanted.state == SigningState::approved ? "approved" : "received",
            wanted.received_at, remote));
  TRY(write_file(file_of(open_folder(), wanted.id), write_case(wanted), FileMode::secret,
                 Overwrite::replace));
  return Added::now;
}

Result<SigningQueue::Listing> SigningQueue::list(Which which) const {
  TRY_ASSIGN(auto files, files_in(open_folder()));
  // What a crash has left in both is settled.
  std::erase_if(files, [&](const auto& file) {
    std::error_code ignored;
    return std::filesystem::exists(settled_folder() / file.filename(), ignored);
  });
  if (which == Which::all) {
    TRY_ASSIGN(const auto settled, files_in(settled_folder()));
    files.insert(files.end(), settled.begin(), settled.end());
    std::ranges::sort(files, {}, [](const auto& path) { return path.filename(); });
  }
  Listing listing;
  for (const auto& file : files) {
    auto subject = read_case_file(file);
    if (subject) {
      listing.cases.push_back(*std::move(subject));
    } else if (subject.error().code != ErrorCode::not_found) {  // else: settled meanwhile
      listing.broken.push_back(std::move(subject).error());
    }
  }
  return listing;
}

Result<SigningCase> SigningQueue::find(std::string_view id) const {
  if (is_id(id)) {
    for (const auto& folder : {settled_folder(), open_folder()}) {
      auto subject = read_case_file(file_of(folder, id));
      if (subject || subject.error().code != ErrorCode::not_found) {
        return subject;
      }
    }
  }
  return Error{ErrorCode::not_found, "there is no request '" + std::string(id) + "'",
               "'bramley vendor requests list --all' shows them"};
}

Status SigningQueue::decide(std::string_view id, const Decision& decision, Timestamp now) {
  QueueLock lock(directory_);
  TRY(lock.take());
  TRY_ASSIGN(SigningCase subject, find(id));
  if (subject.state != SigningState::waiting) {
    return Error{ErrorCode::conflict, subject.id + " is " +
                                          std::string(signing_state_name(subject.state)) +
                                          " already, by " + subject.decided_by};
  }
  subject.state = decision.state;
  subject.decided_by = decision.by;
  subject.decided_at = now;
  subject.reason = decision.reason;
  // The line first: no decision without one, whatever happens in between.
  TRY(audit(subject, signing_state_name(subject.state), now, {}));
  return decision.state == SigningState::denied
             ? move_to_settled(subject)
             : write_file(file_of(open_folder(), subject.id), write_case(subject), FileMode::secret,
                          Overwrite::replace);
}

Status SigningQueue::record(const SigningCase& changed, Course course, std::string_view event,
                            Timestamp now) {
  QueueLock lock(directory_);
  TRY(lock.take());
  TRY(audit(changed, event, now, {}));
  return course == Course::settled
             ? move_to_settled(changed)
             : write_file(file_of(open_folder(), changed.id), write_case(changed), FileMode::secret,
                          Overwrite::replace);
}

Status SigningQueue::record_refusal(const SigningCase& refused, std::string_view remote) {
  QueueLock lock(directory_);
  TRY(lock.take());
  return audit(refused, "refused", refused.received_at, remote);
}

// Into settled/ first: what is in both after a crash is settled when it is done again.
Status SigningQueue::move_to_settled(const SigningCase& changed) {
  TRY(write_file(file_of(settled_folder(), changed.id), write_case(changed), FileMode::secret,
                 Overwrite::replace));
  const auto file = file_of(open_folder(), changed.id);
  return ::unlink(file.c_str()) == 0 || errno == ENOENT ? Status() : Status(system_error(file));
}

Status SigningQueue::audit(const SigningCase& subject, std::string_view event, Timestamp now,
                           std::string_view remote) {
  const auto path = directory_ / "audit.ndjson";
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const Bytes line = write_audit_line(subject, event, now, remote);
  if (file.get() < 0 ||
      ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fsync(file.get()) != 0) {
    return system_error(path);
  }
  return {};
}

Result<std::filesystem::path> SigningQueue::put_into_outbox(std::string_view content,
                                                            Timestamp now) {
  const std::string begin = "mdm_signed_request." + compact_time(now, '_') + "_";
  for (int number = 0; number < most_outbox_numbers; ++number) {
    std::string digits = std::to_string(number);
    digits.insert(0, 3 - digits.size(), '0');
    auto path = directory_ / "outbox" / (begin + digits + ".plist.b64.p7");
    const Status written = write_file(path, as_bytes(content), FileMode::secret, Overwrite::refuse);
    if (written) {
      return path;
    }
    if (written.error().code != ErrorCode::conflict) {
      return Error(written.error());
    }
  }
  return Error{ErrorCode::unavailable, "the outbox has no free name for this second"};
}

std::filesystem::file_time_type SigningQueue::changed_at() const {
  std::error_code failure;
  const auto time = std::filesystem::last_write_time(open_folder(), failure);
  return failure ? std::filesystem::file_time_type::max() : time;
}

}  // namespace bramley
