#include "server/credentials/push_certificate_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/base/encoding.h"
#include "core/base/file.h"

namespace bramley {
namespace {

constexpr std::size_t longest_topic = 200;
constexpr std::size_t longest_account = 320;  // RFC 5321: 64 + @ + 255

// Keeps other writers out of a directory for as long as it lives.
class DirectoryLock {
 public:
  static Result<DirectoryLock> acquire(const std::filesystem::path& directory) {
    DirectoryLock lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    int outcome = lock.descriptor_ < 0 ? -1 : ::flock(lock.descriptor_, LOCK_EX);
    while (outcome != 0 && lock.descriptor_ >= 0 && errno == EINTR) {
      outcome = ::flock(lock.descriptor_, LOCK_EX);
    }
    if (outcome != 0) {
      return Error{ErrorCode::unavailable,
                   "lock " + directory.string() + ": " + std::generic_category().message(errno)};
    }
    return lock;
  }
  DirectoryLock(DirectoryLock&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

bool is_file_name(const std::string& topic) {
  return topic.size() <= longest_topic && std::all_of(topic.begin(), topic.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == '_';
         });
}

bool is_account(const std::string& text) {
  return !text.empty() && text.size() <= longest_account && is_utf8(text) &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

Error topic_changes(const std::string& topic, const PushCertificatePlace& other) {
  const std::string& stored = other.content->front().topic;
  return {ErrorCode::conflict,
          "its topic is " + topic + ", but the one stored in " + other.file.string() + " is " +
              stored + ": every device that enrolled with that would be lost",
          "a device keeps its topic for ever. In Apple's portal, sign in as " +
              (other.apple_account.empty() ? "the same Apple Account" : other.apple_account) +
              " and choose Renew, not Create, for the certificate of the stored topic. To keep "
              "both, for devices yet to enroll, give --allow-topic-change"};
}

Error topic_unknown(const PushCertificatePlace& other) {
  return {ErrorCode::conflict,
          "whether the topic stays the same is unknown: " + other.content.error().message,
          "repair that file or move it away; --allow-topic-change stores this one beside it"};
}

// Nothing but what is in force stands for a topic.
Status check_topic(const std::vector<PushCertificatePlace>& others, const std::string& topic) {
  for (const PushCertificatePlace& other : others) {
    if (other.content) {
      return topic_changes(topic, other);
    }
  }
  return others.empty() ? Status() : Status(topic_unknown(others.front()));
}

Error misnamed(const PushCertificatePlace& place) {
  return {ErrorCode::conflict,
          place.file.string() + " holds the certificate of another topic, " +
              place.content->front().topic,
          "rename it to that topic, and its key with it"};
}

std::optional<std::string> noted_account(const PushCertificatePlace& place) {
  return place.apple_account.empty() ? std::nullopt : std::optional(place.apple_account);
}

bool holds_key_of(const std::filesystem::path& file, const Certificate& certificate) {
  const auto content = read_secret_file(file);
  const auto material =
      content ? read_key_material(content->reveal()) : Result<KeyMaterial>(Error(content.error()));
  return material && key_of(certificate, material->keys);
}

Result<SecretBytes> content_of(const std::filesystem::path& file) {
  auto content = read_secret_file(file);
  return content || content.error().code != ErrorCode::not_found ? std::move(content)
                                                                 : Result(SecretBytes());
}

Status write_previous(const PushFiles& files, ByteView key, ByteView certificate) {
  if (!key.empty()) {
    TRY(write_file(files.previous_key, key, FileMode::secret, Overwrite::replace));
  }
  if (!certificate.empty()) {
    TRY(write_file(files.previous_certificate, certificate, FileMode::shared, Overwrite::replace));
  }
  return {};
}

// The pair in force, whatever files hold its halves; where there is none, the files as they are.
Status keep_previous(const PushCertificatePlan& plan) {
  if (plan.replaced) {
    SecretBytes key;
    if (plan.replaced->key) {
      TRY_ASSIGN(key, plan.replaced->key->to_pem());
    }
    return write_previous(plan.files, key.reveal(), as_bytes(plan.replaced->certificate.pem()));
  }
  TRY_ASSIGN(const SecretBytes key, content_of(plan.files.key));
  TRY_ASSIGN(const SecretBytes certificate, content_of(plan.files.certificate));
  return write_previous(plan.files, key.reveal(), certificate.reveal());
}

Status write_account(const PushCertificatePlan& plan) {
  return plan.apple_account.empty()
             ? Status()
             : write_file(plan.files.account, as_bytes(plan.apple_account + "\n"), FileMode::shared,
                          Overwrite::replace);
}

Status write_pair(const PushCertificatePlan& plan, const NewPushCertificate& pair) {
  TRY(keep_previous(plan));
  TRY(write_account(plan));
  TRY_ASSIGN(const SecretBytes key, pair.identity.key->to_pem());
  TRY(write_file(plan.files.key, key.reveal(), FileMode::secret, Overwrite::replace));
  // From here on the new pair is in force.
  return write_file(plan.files.certificate, as_bytes(pair.identity.certificate.pem()),
                    FileMode::shared, Overwrite::replace);
}

}  // namespace

Status check_new_push_certificate(const NewPushCertificate& pair) {
  if (!is_file_name(pair.identity.topic)) {
    return Error{ErrorCode::malformed, "its topic has characters that no topic of Apple's has"};
  }
  if (pair.apple_account && !is_account(*pair.apple_account)) {
    return Error{ErrorCode::malformed, "the Apple Account is not one line of printable text"};
  }
  return {};
}

Result<PushCertificatePlan> plan_push_certificate(const std::filesystem::path& directory,
                                                  const NewPushCertificate& pair,
                                                  TopicChange change) {
  TRY(check_new_push_certificate(pair));
  const PushIdentity& identity = pair.identity;
  const auto usual = directory / push_folder / (identity.topic + ".pem");
  PushCertificatePlan plan{PushFiles::of(usual)};
  TRY_ASSIGN(const auto places, find_push_certificates(directory, {}));
  std::vector<PushCertificatePlace> others;
  // The file of the topic's name counts as its own even when it cannot be read.
  bool repairs = false;
  for (const PushCertificatePlace& place : places) {
    if (place.content && place.content->front().topic == identity.topic) {
      plan.files = PushFiles::of(place.file);
      plan.replaced = place.content->front();
      plan.account_before = noted_account(place);
    } else if (place.file != usual) {
      others.push_back(place);
    } else if (place.content) {
      return misnamed(place);
    } else {
      repairs = true;
      plan.account_before = noted_account(place);
    }
  }
  if (!plan.replaced && !repairs && change == TopicChange::refuse) {
    TRY(check_topic(others, identity.topic));
  }
  plan.unchanged = plan.replaced && plan.replaced->certificate == identity.certificate &&
                   holds_key_of(plan.files.key, identity.certificate);
  plan.apple_account = pair.apple_account.value_or(plan.account_before.value_or(""));
  return plan;
}

Result<PushCertificatePlan> store_push_certificate(const std::filesystem::path& directory,
                                                   const NewPushCertificate& pair,
                                                   TopicChange change) {
  TRY(check_new_push_certificate(pair));
  TRY(make_private_directory(directory / push_folder));
  TRY_ASSIGN(const DirectoryLock lock, DirectoryLock::acquire(directory / push_folder));
  TRY_ASSIGN(PushCertificatePlan plan, plan_push_certificate(directory, pair, change));
  if (plan.unchanged) {
    TRY(write_account(plan));
    return plan;
  }
  TRY(write_pair(plan, pair));
  return plan;
}

}  // namespace bramley
