#include "core/net/curl_http_batch_client.h"

#include <curl/curl.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "core/net/curl_library.h"
#include "core/net/curl_transfer.h"

namespace bramley {
namespace {

using CurlMultiHandle = CHandle<CURLM, curl_multi_cleanup>;
using Fault = BatchAnswer::Fault;
using SteadyTime = std::chrono::steady_clock::time_point;

// Long enough to be no load; whoever has work for the thread wakes it.
constexpr int idle_poll_milliseconds = 10'000;
// libcurl 7.88 sometimes waits for the socket with an HTTP/2 stream's bytes already in its hands,
// or with some still to send; the next curl_multi_perform finds them.
constexpr int busy_poll_milliseconds = 50;
// An idle connection is used again for that long: opening one for each push looks like an attack.
constexpr long idle_seconds = 3600;
constexpr long keepalive_seconds = 60;

// What send_all was given, kept until its last answer.
struct Batch {
  std::vector<HttpRequest> requests;
  HttpBatchClient::OnAnswer on_answer;
};

struct Item {
  std::shared_ptr<Batch> batch;
  std::size_t index = 0;

  void answer(BatchAnswer answer) const { batch->on_answer(index, std::move(answer)); }
  [[nodiscard]] const HttpRequest& request() const { return batch->requests[index]; }
};

struct Active {
  Item item;
  CurlHandle handle;
  std::unique_ptr<CurlTransfer> transfer;
  SteadyTime started;
};

Error lost() {
  return {ErrorCode::unavailable, "the connection ended before an answer came"};
}

}  // namespace

class CurlHttpBatchClient::Engine {
 public:
  Engine(HttpClientOptions options, std::size_t streams);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() = default;
  // Before it goes: those who are told may still use the client.
  void stop();
  void add(const std::shared_ptr<Batch>& batch);

 private:
  void serve();
  void open_multi();
  std::vector<Item> take_waiting();
  void begin(Item item);
  void finish_done();
  void finish(CURL* handle, CURLcode code);
  // Nobody gets through: those who wait for a connection, or for their turn, need not try as well.
  void fail_unconnected(const Error& error);
  void drop_connection();
  [[nodiscard]] bool any_connected() const;
  std::unique_ptr<Active> take_out(CURL* handle);
  void keep(CurlHandle handle);

  const HttpClientOptions options_;
  const std::size_t streams_;
  // These belong to the thread, but that `multi_` may be woken by others.
  std::unordered_map<CURL*, std::unique_ptr<Active>> active_;
  std::vector<CurlHandle> idle_;
  SteadyTime last_answer_;

  std::mutex mutex_;
  CurlMultiHandle multi_;
  std::deque<Item> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

CurlHttpBatchClient::Engine::Engine(HttpClientOptions options, std::size_t streams)
    : options_(std::move(options)), streams_(streams) {
  open_multi();
  thread_ = std::thread([this] { serve(); });
}

void CurlHttpBatchClient::Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    curl_multi_wakeup(multi_.get());
  }
  thread_.join();
}

void CurlHttpBatchClient::Engine::open_multi() {
  CurlMultiHandle multi(curl_library_is_ready() ? curl_multi_init() : nullptr);
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_CONCURRENT_STREAMS, static_cast<long>(streams_));
  const std::lock_guard lock(mutex_);
  multi_ = std::move(multi);
}

void CurlHttpBatchClient::Engine::add(const std::shared_ptr<Batch>& batch) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < batch->requests.size(); ++i) {
    waiting_.push_back({batch, i});
  }
  curl_multi_wakeup(multi_.get());
}

void CurlHttpBatchClient::Engine::serve() {
  while (true) {
    for (Item& item : take_waiting()) {
      begin(std::move(item));
    }
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    finish_done();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        break;
      }
      if (!waiting_.empty() && active_.size() < streams_) {
        continue;
      }
    }
    curl_multi_poll(multi_.get(), nullptr, 0,
                    active_.empty() ? idle_poll_milliseconds : busy_poll_milliseconds, nullptr);
  }
  drop_connection();
  // Those who are told may send more.
  for (auto items = take_waiting(); !items.empty(); items = take_waiting()) {
    for (const Item& item : items) {
      item.answer({lost(), Fault::connection_lost});
    }
  }
}

std::vector<Item> CurlHttpBatchClient::Engine::take_waiting() {
  std::vector<Item> items;
  const std::lock_guard lock(mutex_);
  const std::size_t most = stopping_ ? waiting_.size() : streams_ - active_.size();
  while (!waiting_.empty() && items.size() < most) {
    items.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return items;
}

void CurlHttpBatchClient::Engine::begin(Item item) {
  auto active = std::make_unique<Active>();
  if (idle_.empty()) {
    active->handle.reset(curl_easy_init());
  } else {
    active->handle = std::move(idle_.back());
    idle_.pop_back();
  }
  CURL* const handle = active->handle.get();
  if (handle == nullptr) {
    item.answer({Error{ErrorCode::internal, "start libcurl: out of memory"}, Fault::impossible});
    return;
  }
  active->transfer = std::make_unique<CurlTransfer>(handle, options_, nullptr);
  if (Status prepared = active->transfer->prepare(item.request()); !prepared) {
    keep(std::move(active->handle));
    item.answer({std::move(prepared).error(), Fault::impossible});
    return;
  }
  // Rather wait for the connection that is being made than make another one.
  curl_easy_setopt(handle, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, idle_seconds);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPIDLE, keepalive_seconds);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPINTVL, keepalive_seconds / 4);
  active->item = std::move(item);
  active->started = std::chrono::steady_clock::now();
  active_.emplace(handle, std::move(active));
  curl_multi_add_handle(multi_.get(), handle);
}

void CurlHttpBatchClient::Engine::finish_done() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg == CURLMSG_DONE && active_.contains(message->easy_handle)) {
      finish(message->easy_handle, message->data.result);
    }
  }
}

void CurlHttpBatchClient::Engine::finish(CURL* handle, CURLcode code) {
  auto done = take_out(handle);
  const bool connected = done->transfer->was_connected();
  BatchAnswer answer{done->transfer->finish(code)};
  keep(std::move(done->handle));
  if (answer.response) {
    last_answer_ = std::chrono::steady_clock::now();
    done->item.answer(std::move(answer));
    return;
  }
  const bool is_late = code == CURLE_OPERATION_TIMEDOUT;
  // No HTTP/2, which shows when all is done, is as good as no connection.
  const bool unreachable = (!connected || code == CURLE_OK) && !(is_late && any_connected());
  answer.fault = unreachable ? Fault::no_connection
                 : is_late   ? Fault::late
                             : Fault::connection_lost;
  const Error error = answer.response.error();
  done->item.answer(std::move(answer));
  if (unreachable && !any_connected()) {
    fail_unconnected(error);
  } else if (is_late && last_answer_ < done->started) {
    // Not this request alone: nothing came at all since it was sent. The connection is dead.
    drop_connection();
  }
}

void CurlHttpBatchClient::Engine::fail_unconnected(const Error& error) {
  std::vector<CURL*> handles;
  handles.reserve(active_.size());
  for (const auto& [handle, active] : active_) {
    handles.push_back(handle);
  }
  for (CURL* const handle : handles) {
    const auto failed = take_out(handle);
    keep(std::move(failed->handle));
    failed->item.answer({error, Fault::no_connection});
  }
  std::deque<Item> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const Item& item : waiting) {
    item.answer({error, Fault::no_connection});
  }
}

void CurlHttpBatchClient::Engine::drop_connection() {
  while (!active_.empty()) {
    const auto failed = take_out(active_.begin()->first);
    failed->item.answer({lost(), Fault::connection_lost});
  }
  idle_.clear();
  open_multi();
}

bool CurlHttpBatchClient::Engine::any_connected() const {
  for (const auto& [handle, active] : active_) {
    if (active->transfer->was_connected()) {
      return true;
    }
  }
  return false;
}

std::unique_ptr<Active> CurlHttpBatchClient::Engine::take_out(CURL* handle) {
  curl_multi_remove_handle(multi_.get(), handle);
  auto found = active_.extract(handle);
  return std::move(found.mapped());
}

void CurlHttpBatchClient::Engine::keep(CurlHandle handle) {
  curl_easy_reset(handle.get());
  idle_.push_back(std::move(handle));
}

CurlHttpBatchClient::CurlHttpBatchClient(HttpClientOptions options, std::size_t streams) {
  options.version = HttpClientOptions::Version::http_2;
  engine_ = std::make_unique<Engine>(std::move(options), streams);
}

CurlHttpBatchClient::~CurlHttpBatchClient() {
  engine_->stop();
}

void CurlHttpBatchClient::send_all(std::vector<HttpRequest> requests, OnAnswer on_answer) {
  engine_->add(std::make_shared<Batch>(Batch{std::move(requests), std::move(on_answer)}));
}

}  // namespace bramley
