#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/file.h"
#include "server/http/listener.h"
#include "server/http/raw_client.h"
#include "server/http/test_identity.h"
#include "tests/support/recording_log.h"

namespace bramley {

using namespace std::chrono_literals;

// Does what the test says; without word from it, echoes the body and tells what it saw.
class ScriptedHandler : public HttpHandler {
 public:
  std::uint64_t body_limit(const HttpRequest& head) override {
    EXPECT_TRUE(head.body.empty());
    ++limits_asked;
    return limit ? limit(head) : 1U << 20U;
  }
  HttpResponse handle(const HttpRequest& request) override {
    ++handled;
    if (action) {
      return action(request);
    }
    HttpResponse response;
    response.headers = {{"X-Method", request.method}, {"X-Target", request.target}};
    response.body = request.body;
    return response;
  }

  std::function<std::uint64_t(const HttpRequest&)> limit;
  std::function<HttpResponse(const HttpRequest&)> action;
  std::atomic<int> limits_asked = 0;
  std::atomic<int> handled = 0;
};

// A listener with a plain and a TLS endpoint on loopback.
class ListenerTest : public testing::Test {
 protected:
  enum Endpoint : std::size_t { plain = 0, tls = 1 };

  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 ("bramley-listener-" + std::to_string(::getpid()) + "-" +
                  testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(directory_);
    write_identity(server_identity());
    options_.endpoints = {{"public", "127.0.0.1", 0, std::nullopt},
                          {"api", "127.0.0.1", 0, tls_files()}};
    options_.worker_threads = 4;
  }
  void TearDown() override {
    listener_.reset();
    std::filesystem::remove_all(directory_);
  }

  static const TestIdentity& server_identity() {
    static const TestIdentity identity;
    return identity;
  }
  [[nodiscard]] TlsFiles tls_files() const {
    return {directory_ / "cert.pem", directory_ / "key.pem"};
  }
  void write_file_of(const char* name, std::string_view content) const {
    ASSERT_TRUE(
        write_file(directory_ / name, as_bytes(content), FileMode::secret, Overwrite::replace));
  }
  void write_identity(const TestIdentity& identity) const {
    write_file_of("cert.pem", identity.certificate_pem());
    write_file_of("key.pem", identity.key_pem());
  }

  void start() {
    auto started = Listener::start(options_, handler_, log_);
    ASSERT_TRUE(started) << started.error().message;
    listener_ = *std::move(started);
  }
  [[nodiscard]] std::unique_ptr<RawClient> connect(Endpoint endpoint = plain) const {
    auto client = std::make_unique<RawClient>(listener_->port(endpoint));
    EXPECT_TRUE(client->connected());
    if (endpoint == tls) {
      EXPECT_TRUE(client->start_tls());
    }
    return client;
  }
  // The one answer to bytes sent at once on a fresh connection; status 0 if there was none.
  [[nodiscard]] RawClient::Answer ask(std::string_view bytes, Endpoint endpoint = plain) const {
    const auto client = connect(endpoint);
    client->send(bytes);
    return client->receive().value_or(RawClient::Answer{});
  }
  [[nodiscard]] int status_of(std::string_view bytes) const { return ask(bytes).status; }

  static std::string get(std::string_view target, std::string_view more = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
  }
  static std::string put(std::string_view target, std::string_view body,
                         std::string_view more = "") {
    return "PUT " + std::string(target) +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(more) + "\r\n" + std::string(body);
  }
  // Something to hold on to; `gone` comes true once nobody does.
  static std::shared_ptr<void> token_for(std::atomic<bool>& gone) {
    return {static_cast<void*>(nullptr), [&gone](void*) { gone = true; }};
  }
  // Whether it comes true within ten seconds.
  static bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) {
        return false;
      }
      std::this_thread::sleep_for(5ms);
    }
    return true;
  }

  std::filesystem::path directory_;
  ListenerOptions options_;
  ScriptedHandler handler_;
  RecordingLog log_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace bramley
