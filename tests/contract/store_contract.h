#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "core/crypto/local_certificate_authority.h"
#include "server/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace bramley {

// A certificate unlike any other of this process. Good for being told apart, and no more.
inline Certificate distinct_certificate() {
  static const auto key = *PrivateKey::generate_ec_p256();
  static SeededRandom random;
  const auto now = FakeClock().now();
  SelfSignedTerms terms;
  terms.subject = {{"CN", "device"}};
  terms.not_before = now - std::chrono::days(1);
  terms.not_after = now + std::chrono::days(365);
  terms.purpose = SelfSignedTerms::Purpose::scep_requester;
  return *make_self_signed(key, terms, random);
}

inline std::shared_ptr<const Sealer> test_sealer(
    std::string_view key_of_32_bytes = "0123456789abcdef0123456789abcdef") {
  return *make_sealer(SecretBytes(key_of_32_bytes), std::make_shared<SeededRandom>());
}

// A directory that goes with its test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "bramley-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Makers: where a suite gets its stores from. `reopen` closes the store and opens it again, and
// says whether what was in it survives.
class MemoryMaker {
 public:
  std::unique_ptr<Store> open() { return make_memory_store(); }
  static constexpr bool survives = false;
};
class SqliteMaker {
 public:
  std::unique_ptr<Store> open() {
    auto store = open_sqlite_store({.file = directory_.path() / "bramley.db"}, test_sealer(), log_);
    if (!store) {
      ADD_FAILURE() << store.error().message;
      return nullptr;
    }
    return *std::move(store);
  }
  static constexpr bool survives = true;

 private:
  TemporaryDirectory directory_;
  NullLog log_;
};

// What every suite starts with: an open store and short words for what devices do.
template <class Maker>
class StoreContract : public testing::Test {
 protected:
  StoreContract() { store_ = maker_.open(); }

  EnrollmentStore& enrollments() { return store_->enrollments(); }
  CommandQueue& commands() { return store_->commands(); }
  CertificateStore& certificates() { return store_->certificates(); }
  EventStore& events() { return store_->events(); }

  // Closes and opens again; a store in memory stays as it is.
  void reopen() {
    if (Maker::survives) {
      store_.reset();
      store_ = maker_.open();
    }
  }

  Timestamp now() const { return clock_.now(); }

  static Authenticate authenticate(const std::string& serial_number = "SERIAL") {
    Authenticate message;
    message.topic = "com.apple.mgmt.test";
    message.serial_number = serial_number;
    message.device_name = "A Mac";
    message.model = "Mac15,3";
    message.model_name = "MacBook Pro";
    message.product_name = "Mac15,3";
    message.os_version = "15.1";
    message.build_version = "24B83";
    return message;
  }
  static TokenUpdate token_update(const std::string& magic = "magic") {
    TokenUpdate message;
    message.topic = "com.apple.mgmt.test";
    message.push_magic = magic;
    message.token = {0x00, 0xab, 0xff};
    return message;
  }

  Status begin(const EnrollmentId& id, const Certificate& certificate,
               const std::string& serial_number = "SERIAL") {
    return enrollments().begin_enrollment(id, authenticate(serial_number), as_bytes("<raw/>"),
                                          DeviceIdentity{certificate}, now());
  }
  Status update(const EnrollmentId& id, const TokenUpdate& message = token_update()) {
    return enrollments().update_push_token(id, message, as_bytes("<raw/>"), now());
  }
  // An enrolled device, with a certificate of its own.
  EnrollmentId enroll(const std::string& udid) {
    auto id = EnrollmentId::device(udid);
    EXPECT_TRUE(begin(id, distinct_certificate()));
    EXPECT_TRUE(update(id));
    return id;
  }
  EnrollmentId enroll_user(const std::string& udid, const std::string& user_id) {
    auto id = EnrollmentId::user(udid, user_id);
    EXPECT_TRUE(update(id));
    return id;
  }
  Enrollment find(const std::string& id) {
    auto found = enrollments().find(id);
    EXPECT_TRUE(found && *found) << id;
    return **found;
  }

  static Command command(const std::string& uuid,
                         const std::string& request_type = "DeviceInformation") {
    return {uuid, request_type, to_bytes("<plist>" + uuid + "</plist>")};
  }
  std::vector<CommandQueue::Refusal> enqueue(const std::vector<std::string>& ids,
                                             const Command& what) {
    auto refusals = commands().enqueue(ids, what, now());
    EXPECT_TRUE(refusals) << refusals.error().message;
    return refusals ? *std::move(refusals) : std::vector<CommandQueue::Refusal>();
  }
  // What the device is offered next: the UUID, "" for nothing.
  std::string report(const EnrollmentId& id, ReportStatus status, const std::string& uuid = "",
                     const std::string& text = "as sent") {
    const CommandReport said{id, status, text, uuid, to_bytes("<report>" + uuid + "</report>")};
    auto next = commands().settle_and_next(said, now());
    EXPECT_TRUE(next) << next.error().message;
    return next && *next ? (*next)->uuid : "";
  }
  std::string idle(const EnrollmentId& id) { return report(id, ReportStatus::idle, "", "Idle"); }
  std::string acknowledge(const EnrollmentId& id, const std::string& uuid) {
    return report(id, ReportStatus::acknowledged, uuid, "Acknowledged");
  }
  std::string not_now(const EnrollmentId& id, const std::string& uuid) {
    return report(id, ReportStatus::not_now, uuid, "NotNow");
  }
  // "waiting UUIDs, in order", separated by spaces.
  std::string queue_of(const EnrollmentId& id) {
    std::string text;
    PageRequest request;
    do {
      auto page = commands().queue(id.value(), request);
      EXPECT_TRUE(page);
      for (const auto& delivery : page->items) {
        text.append(text.empty() ? "" : " ").append(delivery.command_uuid);
      }
      request.after = page->next;
    } while (!request.after.empty());
    return text;
  }
  CommandSummary summary(const std::string& uuid) {
    auto found = commands().find(uuid);
    EXPECT_TRUE(found && *found) << uuid;
    return **found;
  }
  std::vector<CommandDelivery> results(const std::string& uuid) {
    auto page = commands().results(uuid, {});
    EXPECT_TRUE(page);
    return page ? page->items : std::vector<CommandDelivery>();
  }

  static void expect_code(const Status& status, ErrorCode code) {
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(error_code_name(status.error().code), error_code_name(code))
        << status.error().message;
  }

  FakeClock clock_;
  Maker maker_;
  std::unique_ptr<Store> store_;
};

}  // namespace bramley
