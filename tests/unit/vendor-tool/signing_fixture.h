#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/fake_clock.h"
#include "tests/support/recording_log.h"
#include "tests/unit/vendor-tool/vendor_chain.h"
#include "vendor-tool/signing_queue.h"

namespace bramley {

// A queue in a folder of its own.
class SigningFixture : public testing::Test {
 protected:
  SigningFixture()
      : folder_(make_folder()), queue_(SigningQueue::open(folder_).value()), clock_(test_time()) {}
  ~SigningFixture() override { std::filesystem::remove_all(folder_); }

  static std::filesystem::path make_folder() {
    std::string name =
        (std::filesystem::path(testing::TempDir()) / "bramley-queue-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }
  [[nodiscard]] SigningCase wanted(const std::string& email) const {
    SigningCase subject;
    subject.received_at = clock_.now();
    subject.customer = "acme";
    subject.email = email;
    subject.csr = customer_request().pem();
    subject.encrypt = vendor_certificate("vendor.pem").pem();
    return subject;
  }
  [[nodiscard]] std::string only_id() const {
    const auto listing = queue_.list(SigningQueue::Which::open);
    EXPECT_EQ(listing->cases.size(), 1U);
    return listing->cases.front().id;
  }
  [[nodiscard]] std::vector<std::string> audit_events() const {
    std::istringstream lines(to_text(read_file(folder_ / "audit.ndjson").value()));
    std::vector<std::string> events;
    for (std::string line; std::getline(lines, line);) {
      events.push_back(nlohmann::json::parse(line).at("event"));
    }
    return events;
  }

  std::filesystem::path folder_;
  SigningQueue queue_;
  FakeClock clock_;
};

}  // namespace bramley
